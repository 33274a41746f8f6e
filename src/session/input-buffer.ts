// Inputs without an answer, which are sent again after a loss, and inputs that are held until there is a connection.
import { durationMs } from '../audio/pcm.js';
import { type AskedInput, isAsked, oldestExcess, withoutSpeech } from './held-texts.js';
import { LONGEST_PAUSE_MS, PRE_ROLL_MS, trimPauses } from './pauses.js';
import type { Input } from './wire.js';

type AudioInput = Extract<Input, { type: 'audio' }>;
type RecordedInput = AudioInput | AskedInput | Extract<Input, { type: 'activity-start' | 'activity-end' }>;

/** How much sent audio is kept, to send it again when its connection is lost. */
const RING_MS = 15_000;
/** How much audio is held while there is no connection; beyond it the oldest is dropped. */
const HELD_MS = 10_000;
/** What was said before a pause of this length needs no answer; before a shorter one it would be lost with the connection. */
const SETTLED_AFTER_MS = 6_000;

export class InputBuffer {
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
  #held: Input[] = [];
  #heldMs = 0;
  #heldPauseMs = 0;
  /** Audio that was dropped because there was no connection for longer than HELD_MS. */
  droppedMs = 0;
  /** Rises with each utterance that needs none of those before it. */
  utterances = 0;

  get isHolding(): boolean {
    return this.#held.length > 0;
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
    return this.#held.flatMap((input) => (input.type === 'text' ? [input.text] : []));
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
    return this.#pauseMs >= SETTLED_AFTER_MS || nowMs - this.#voicedAtMs >= SETTLED_AFTER_MS;
  }

  #recordAudio(input: AudioInput, nowMs: number): void {
    const ms = durationMs(input.chunk);
    if (input.voiced) {
      if (this.#onset < 0 || (this.#isSettled(nowMs) && !this.#sent.some(({ type }) => type !== 'audio')))
        this.#startUtterance();
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
      if (this.#onset > index) this.#onset -= 1;
    }
  }

  /** Holds an input until there is a connection. */
  hold(input: Input, nowMs: number): void {
    if (input.type === 'image') {
      // Only the newest picture is useful after an outage.
      this.#held = this.#held.filter((held) => held.type !== 'image');
    }
    this.#held.push(input);
    if (isAsked(input)) this.#dropOldTexts();
    if (input.type !== 'audio') {
      // A picture each second must not split a long pause into short ones: they would not be shortened and displace speech.
      if (input.type !== 'image') this.#heldPauseMs = 0;
      return;
    }
    if (input.voiced) this.#voicedAtMs = nowMs;
    this.#heldMs += durationMs(input.chunk);
    this.#shortenPause(input);
    while (this.#heldMs > HELD_MS) {
      const index = this.#held.findIndex((held) => held.type === 'audio');
      const [dropped] = this.#held.splice(index, 1);
      if (dropped?.type !== 'audio') break;
      this.#heldMs -= durationMs(dropped.chunk);
      this.droppedMs += durationMs(dropped.chunk);
    }
  }

  #dropOldTexts(): void {
    for (let old = oldestExcess(this.#held); old; old = oldestExcess(this.#held)) {
      this.#held.splice(this.#held.indexOf(old), 1);
      old.onUnsent?.();
    }
  }

  /** Shortens a long pause, which would displace the speech before it. */
  #shortenPause(input: AudioInput): void {
    if (input.voiced) {
      this.#heldPauseMs = 0;
      return;
    }
    this.#heldPauseMs += durationMs(input.chunk);
    if (this.#heldPauseMs <= LONGEST_PAUSE_MS + PRE_ROLL_MS) return;
    // The beginning and the end of the pause are kept.
    const tail = Math.ceil(PRE_ROLL_MS / durationMs(input.chunk));
    let index = this.#held.length - 1 - tail;
    while (index >= 0 && this.#held[index]?.type !== 'audio') index -= 1;
    const [dropped] = index < 0 ? [] : this.#held.splice(index, 1);
    if (dropped?.type !== 'audio') return;
    this.#heldMs -= durationMs(dropped.chunk);
    this.#heldPauseMs -= durationMs(dropped.chunk);
  }

  /** The model has begun to answer: the inputs up to now have reached it. */
  answered(): void {
    this.#askedAtMs = undefined;
    this.#voicedMs = 0;
    if (this.#activityOpen) {
      // Audio since activityStart cannot have been answered before activityEnd.
      const from = this.#sent.findLastIndex(({ type }) => type === 'activity-start');
      this.#sent = this.#sent.slice(Math.max(0, from)).filter((input) => !isAsked(input));
      this.#sentMs = this.#sent.reduce(
        (ms, input) => ms + (input.type === 'audio' ? durationMs(input.chunk) : 0),
        0,
      );
      this.#onset = 0;
      return;
    }
    this.#clear();
  }

  #clear(): void {
    this.#sent = [];
    this.#sentMs = 0;
    this.#onset = -1;
    this.#pauseMs = 0;
    this.#voicedMs = 0;
    this.#askedAtMs = undefined;
  }

  /** Removes an input that must not be sent again: the service has refused it, or will not answer it. */
  forget(input: Input): void {
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
    const asked = this.asked;
    const isOpen = this.#activityOpen;
    this.#activityOpen = false;
    this.#clear();
    if (asked.length > 0) {
      this.#sent = [...asked];
      this.#onset = 0;
      this.#askedAtMs = performance.now();
    }
    this.#held = withoutSpeech(this.#held);
    this.#heldMs = 0;
    this.#heldPauseMs = 0;
    return isOpen;
  }

  /** The inputs that the new connection is sent first, in order; with `replay` from the onset of the utterance on. */
  takeBacklog(replay: boolean): Input[] {
    // At an orderly close somebody may just have begun to speak, below the level of voice: the last pause is sent again.
    const again = replay && this.#onset >= 0 ? this.#sent.slice(this.#onset) : this.#lastPause();
    const backlog = trimPauses([...again, ...this.#held]);
    this.#held = [];
    this.#heldMs = 0;
    this.#heldPauseMs = 0;
    // Inputs that are sent again are recorded when they are sent.
    if (replay) {
      this.#activityOpen = false;
      this.#clear();
    }
    return backlog;
  }

  /** The audio without voice at the end of what was sent. */
  #lastPause(): RecordedInput[] {
    let from = this.#sent.length;
    for (let ms = 0; from > 0 && ms < PRE_ROLL_MS; from -= 1) {
      const before = this.#sent[from - 1];
      if (before?.type !== 'audio' || before.voiced) break;
      ms += durationMs(before.chunk);
    }
    return this.#sent.slice(from);
  }

  #startUtterance(): void {
    this.utterances += 1;
    this.#onset = this.#sent.length - this.#lastPause().length;
    this.#voicedMs = 0;
  }
}
