// Inputs without an answer, which are sent again after a loss, and inputs that are held until there is a connection.
import { durationMs } from '../audio/pcm.js';
import { audioMs, DoubtfulInputs, isVoiced, lastUtterance, type RecordedInput } from './doubtful-inputs.js';
import { HeldInputs } from './held-inputs.js';
import { type AskedInput, isAsked, oldestExcess } from './held-texts.js';
import { lastPause, trimPauses } from './pauses.js';
import type { Input } from './wire.js';

type AudioInput = Extract<Input, { type: 'audio' }>;

/** How much sent audio is kept, to send it again when its connection is lost. */
const RING_MS = 15_000;
/** What was said before a pause of this length needs no answer; before a shorter one it would be lost with the connection. */
const SETTLED_AFTER_MS = 6_000;
/** Voice this recent goes on: no service ends an utterance after so short a pause. */
const MIDWAY_MS = 200;
/** Speech that an answer has begun in the midst of goes on within this pause. */
const GOES_ON_WITHIN_MS = 500;

export class InputBuffer {
  readonly #settles: boolean;
  /** Inputs that were sent since the last answer, newest last: audio, texts, activityStart and activityEnd. */
  #sent: RecordedInput[] = [];
  #sentMs = 0;
  /** The index in `sent` at which the utterance without an answer begins; -1: there is none. */
  #onset = -1;
  #voicedAtMs = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;
  /** Voice in the utterance without an answer, in ms. */
  #voicedMs = 0;
  /** When the last text or complete context without an answer was sent. */
  #askedAtMs: number | undefined;
  /** A client has opened an activity by command and not closed it. */
  #activityOpen = false;
  /** Inputs that the last answer may not have been about. */
  readonly doubtful = new DoubtfulInputs();
  /** The doubtful inputs are speech that the last answer began in the midst of. */
  #isMidway = false;
  /** Whether the speech in doubt is all that was said since the last answer. */
  isAllInDoubt = false;
  readonly #held = new HeldInputs();
  /** Voice of the utterance without an answer that was sent too long ago to be sent again. */
  #forgottenVoiceMs = 0;
  #lostVoiceMs = 0;
  /** Rises with each utterance that needs none of those before it. */
  utterances = 0;
  /** Rises when inputs without an answer have got one, or are taken back. */
  revision = 0;

  /** @param settles a model may choose to be silent: what was said before a long pause then needs no answer */
  constructor(settles = true) {
    this.#settles = settles;
  }

  get droppedMs(): number {
    return this.#held.droppedMs;
  }

  get isHolding(): boolean {
    return !this.#held.isEmpty;
  }

  /** Whether a person has spoken, typed or sent `say`, and no answer has begun. */
  get unanswered(): boolean {
    return this.#onset >= 0;
  }

  /** When voice was last sent or held. */
  get voicedAtMs(): number {
    return this.#voicedAtMs;
  }

  /** Voice in the utterance without an answer, in ms. */
  get voicedMs(): number {
    return this.#onset >= 0 ? this.#voicedMs : 0;
  }

  /** When the text without an answer was sent. */
  get askedAtMs(): number | undefined {
    return this.#askedAtMs;
  }

  /** Texts and contexts without an answer. */
  get asked(): readonly AskedInput[] {
    return this.#sent.filter(isAsked);
  }

  /** Texts that wait for a connection. */
  get heldTexts(): readonly string[] {
    return this.#held.texts;
  }

  /** The inputs that need an answer, sent or held; speech in doubt is among them while it may need one. */
  needy(inDoubt: boolean, nowMs: number): readonly Input[] {
    const isSettled = this.#isSettled(nowMs) && this.#askedAtMs === undefined;
    const sent = this.#onset < 0 || isSettled ? [] : this.#sent.slice(this.#onset);
    return [...(inDoubt ? this.doubtful.inputs : []), ...sent];
  }

  get held(): readonly Input[] {
    return this.#held.inputs;
  }

  spokeWithin(ms: number, nowMs: number): boolean {
    return nowMs - this.#voicedAtMs < ms;
  }

  get activityOpen(): boolean {
    return this.#activityOpen;
  }

  /** Records an input that was sent and would be lost with its connection. */
  record(input: Input, nowMs: number): void {
    if (input.type === 'audio') this.#recordAudio(input, nowMs);
    if (isAsked(input) && (input.type === 'text' || input.turnComplete)) {
      if (this.#onset < 0) this.#onset = this.#sent.length;
      this.#askedAtMs = nowMs;
      this.#sent.push(input);
      const old = oldestExcess(this.#sent);
      if (old) this.forget(old);
    }
    if (input.type === 'activity-start') {
      this.#activityOpen = true;
      if (this.#onset < 0 || (this.#isSettled(nowMs) && this.#askedAtMs === undefined))
        this.#onset = this.#sent.length;
      this.#voicedMs = 0;
      this.#sent.push(input);
    }
    if (input.type === 'activity-end' && this.#activityOpen) {
      this.#activityOpen = false;
      this.#sent.push(input);
    }
  }

  /** Whether no answer to what was said before is to be expected any more: the model has chosen to be silent. */
  #isSettled(nowMs: number): boolean {
    if (!this.#settles) return false;
    return this.#pauseMs >= SETTLED_AFTER_MS || nowMs - this.#voicedAtMs >= SETTLED_AFTER_MS;
  }

  #recordAudio(input: AudioInput, nowMs: number): void {
    const ms = durationMs(input.chunk);
    if (input.voiced) {
      if (this.#onset < 0 || (this.#isSettled(nowMs) && !this.#sent.some(({ type }) => type !== 'audio')))
        this.#startUtterance(nowMs);
      this.#voicedMs += ms;
      this.#voicedAtMs = nowMs;
      this.#pauseMs = 0;
    } else {
      this.#pauseMs += ms;
    }
    this.#sent.push(input);
    this.#sentMs += ms;
    while (this.#sentMs > RING_MS) {
      // activityStart is kept when the oldest audio after it is dropped: activityEnd without it is refused.
      const index = this.#sent.findIndex(({ type }) => type === 'audio');
      const [dropped] = this.#sent.splice(index, 1);
      if (dropped?.type !== 'audio') break;
      this.#sentMs -= durationMs(dropped.chunk);
      if (dropped.voiced && this.#onset >= 0 && this.#onset <= index)
        this.#forgottenVoiceMs += durationMs(dropped.chunk);
      if (this.#onset > index) this.#onset -= 1;
    }
  }

  /** Holds an input until there is a connection. */
  hold(input: Input, nowMs: number): void {
    if (input.type === 'audio' && input.voiced) this.#voicedAtMs = nowMs;
    this.#held.add(input);
  }

  /** Inputs that were waiting to be sent when the connection was lost: they come before new ones. */
  holdAgain(inputs: readonly Input[]): void {
    this.#held.restore(inputs);
  }

  /** Voice that no connection will be sent, since this was last asked, in ms. */
  takeLostVoice(): number {
    const ms = this.#lostVoiceMs + this.#held.takeDroppedVoice();
    this.#lostVoiceMs = 0;
    return ms;
  }

  /** The inputs that the last answer may not have been about: speech that goes on, or all since a tool call. */
  get inDoubt(): 'speech' | 'all' | 'none' {
    if (this.doubtful.isEmpty) return 'none';
    return this.#isMidway ? 'speech' : 'all';
  }

  /**
   * The model has begun to answer: the inputs up to now have reached it. The answer may not be about all of them:
   * with `after` a tool's result it need not be about what was said since the call, and it is not about speech that
   * goes on (`endedAtMs`: the service has reported the end of speech).
   */
  answered(after: 'result' | 'input' = 'input', endedAtMs = Number.NEGATIVE_INFINITY): void {
    this.revision += 1;
    const goesOn =
      this.#onset >= 0 && this.#voicedMs > 0 && this.#pauseMs < MIDWAY_MS && this.#voicedAtMs > endedAtMs;
    this.#isMidway = after === 'input' && goesOn && !this.#activityOpen;
    const last = this.#isMidway ? lastUtterance(this.#sent) : [];
    this.isAllInDoubt = !this.#sent
      .slice(Math.max(0, this.#onset), this.#sent.length - last.length)
      .some((input) => isVoiced(input));
    const open = this.#activityOpen ? this.#sent.findLastIndex(({ type }) => type === 'activity-start') : -1;
    if (after === 'result')
      this.doubtful.add(this.#sent.slice(Math.max(0, this.#onset), open < 0 ? undefined : open));
    else this.doubtful.set(last);
    this.#askedAtMs = undefined;
    this.#voicedMs = 0;
    if (this.#activityOpen) {
      // Audio since activityStart cannot have been answered before activityEnd.
      this.#sent = this.#sent.slice(Math.max(0, open)).filter((input) => !isAsked(input));
      this.#sentMs = audioMs(this.#sent);
      this.#onset = 0;
      return;
    }
    this.#clear();
  }

  /** The connection of the answer is lost: inputs that it may not have been about are without an answer. */
  doubt(): void {
    const again = this.doubtful.take();
    if (again.length === 0) return;
    this.revision += 1;
    this.#sent = [...again, ...this.#sent];
    this.#sentMs = audioMs(this.#sent);
    this.#onset = 0;
    this.#voicedMs = Math.max(this.#voicedMs, audioMs(this.#sent.filter(isVoiced)));
    if (this.#sent.some(isAsked)) this.#askedAtMs ??= performance.now();
  }

  #clear(): void {
    this.#forgottenVoiceMs = 0;
    this.#sent = [];
    this.#sentMs = 0;
    this.#onset = -1;
    this.#pauseMs = 0;
    this.#voicedMs = 0;
    this.#askedAtMs = undefined;
  }

  /** Removes an input that must not be sent again: the service has refused it, or will not answer it. */
  forget(input: Input): void {
    this.revision += 1;
    this.doubtful.forget(input);
    const index = this.#sent.indexOf(input as RecordedInput);
    if (index < 0 || input.type === 'audio') return;
    this.#sent.splice(index, 1);
    if (this.#onset > index) this.#onset -= 1;
    if (!this.#sent.some(isAsked)) this.#askedAtMs = undefined;
    if (!this.#sent.some(({ type }) => type !== 'audio') && this.voicedMs === 0) this.#clear();
  }

  /**
   * Removes the speech of a cancelled utterance; texts stay.
   * Returns whether the service waits for activityEnd.
   */
  takeBack(): boolean {
    this.revision += 1;
    const asked = this.asked;
    const isOpen = this.#activityOpen;
    this.#activityOpen = false;
    this.#clear();
    this.doubtful.takeBack();
    if (asked.length > 0) {
      this.#sent = [...asked];
      this.#onset = 0;
      this.#askedAtMs = performance.now();
    }
    this.#held.takeBack();
    return isOpen;
  }

  /** The inputs that the new connection is sent first, in order; with `replay` from the onset of the utterance on. */
  takeBacklog(replay: boolean): Input[] {
    // At an orderly close somebody may just have begun to speak, below the level of voice: the last pause is sent again.
    if (replay) this.#lostVoiceMs += this.#forgottenVoiceMs;
    const again = replay && this.#onset >= 0 ? this.#sent.slice(this.#onset) : lastPause(this.#sent);
    const backlog = trimPauses([...again, ...this.#held.take()]);
    // Inputs that are sent again are recorded when they are sent.
    if (replay) {
      this.#activityOpen = false;
      this.#clear();
    }
    return backlog;
  }

  #startUtterance(nowMs: number): void {
    const goesOn =
      this.#isMidway && this.#pauseMs <= GOES_ON_WITHIN_MS && this.spokeWithin(GOES_ON_WITHIN_MS, nowMs);
    const begun = goesOn ? this.doubtful.take() : [];
    this.#onset = this.#sent.length - lastPause(this.#sent).length;
    this.#voicedMs = 0;
    if (begun.length === 0) {
      this.utterances += 1;
      return;
    }
    // It goes on from before the answer.
    this.#sent = [...begun, ...this.#sent];
    this.#sentMs += audioMs(begun);
    this.#onset = 0;
    this.#voicedMs = audioMs(begun.filter(isVoiced));
  }
}
