// What was sent to the model and not answered yet, and what waits for a connection: speech and text alike are sent again after a loss.
import { durationMs } from '../audio/pcm.js';
import type { Input } from './wire.js';

type AudioInput = Extract<Input, { type: 'audio' }>;
type AskedInput = Extract<Input, { type: 'text' | 'context' }>;
type RecordedInput = AudioInput | AskedInput | Extract<Input, { type: 'activity-start' | 'activity-end' }>;

/** How much of what was sent is kept, to be sent again when its connection dies. */
const RING_MS = 15_000;
/** How much is held while there is no connection; the oldest goes first. */
const HELD_MS = 10_000;
/** Speech after a longer pause is a new utterance: what was said before it has reached the service. */
const UTTERANCE_GAP_MS = 700;
/** Kept before the onset, and of each pause inside what is sent again. */
const PRE_ROLL_MS = 240;
const LONGEST_PAUSE_MS = 500;

export class InputBuffer {
  /** What was sent since the last answer, newest last: audio, texts, and where people opened and closed their turns. */
  #sent: RecordedInput[] = [];
  #sentMs = 0;
  /** Where in `sent` the utterance begins that is not answered yet; -1 when nobody has spoken. */
  #onset = -1;
  #voicedAtMs = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;
  /** How much of the unanswered utterance is voice. */
  #voicedMs = 0;
  /** When a text or a complete context was last sent that is not answered. */
  #askedAtMs: number | undefined;
  /** A person has opened a turn by command and not closed it. */
  #activityOpen = false;
  #held: Input[] = [];
  #heldMs = 0;
  #heldPauseMs = 0;
  /** Audio that was dropped because the connection was away for longer than is held. */
  droppedMs = 0;

  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** Somebody has spoken, typed or asked by command, and no answer has begun. */
  get unanswered(): boolean {
    return this.#onset >= 0;
  }

  /** When the microphone's voice was last sent, or held. */
  get voicedAtMs(): number {
    return this.#voicedAtMs;
  }

  /** How much voice the utterance has that is not answered yet. */
  get voicedMs(): number {
    return this.#onset >= 0 ? this.#voicedMs : 0;
  }

  /** When the text was sent that is not answered yet. */
  get askedAtMs(): number | undefined {
    return this.#askedAtMs;
  }

  /** Texts and contexts that are not answered yet. */
  get asked(): readonly AskedInput[] {
    return this.#sent.filter(isAsked);
  }

  spokeWithin(ms: number, nowMs: number): boolean {
    return nowMs - this.#voicedAtMs < ms;
  }

  get activityOpen(): boolean {
    return this.#activityOpen;
  }

  /** Remembers what went out and would be lost with its connection. */
  record(input: Input, nowMs: number): void {
    if (input.type === 'audio') this.#recordAudio(input, nowMs);
    if (isAsked(input) && (input.type === 'text' || input.turnComplete)) {
      if (this.#onset < 0) this.#onset = this.#sent.length;
      this.#askedAtMs = nowMs;
      this.#sent.push(input);
    }
    if (input.type === 'activity-start') {
      this.#activityOpen = true;
      if (this.#askedAtMs === undefined) this.#onset = this.#sent.length;
      this.#voicedMs = 0;
      this.#sent.push(input);
    }
    if (input.type === 'activity-end' && this.#activityOpen) {
      this.#activityOpen = false;
      this.#sent.push(input);
    }
  }

  #recordAudio(input: AudioInput, nowMs: number): void {
    const ms = durationMs(input.chunk);
    if (input.voiced) {
      const isNew = this.#onset < 0 || this.#pauseMs >= UTTERANCE_GAP_MS;
      if (isNew && !this.#sent.some(({ type }) => type !== 'audio')) this.#startUtterance();
      if (this.#onset < 0) this.#startUtterance();
      this.#voicedMs += ms;
      this.#voicedAtMs = nowMs;
      this.#pauseMs = 0;
    } else {
      this.#pauseMs += ms;
    }
    this.#sent.push(input);
    this.#sentMs += ms;
    while (this.#sentMs > RING_MS) {
      // The opening of a turn stays before whatever is left of it.
      const index = this.#sent.findIndex(({ type }) => type === 'audio');
      const [dropped] = this.#sent.splice(index, 1);
      if (dropped?.type !== 'audio') break;
      this.#sentMs -= durationMs(dropped.chunk);
      if (this.#onset > index) this.#onset -= 1;
    }
  }

  /** Keeps an input until there is a connection again. */
  hold(input: Input, nowMs: number): void {
    if (input.type === 'image') {
      // Only the newest picture is worth anything.
      this.#held = this.#held.filter((held) => held.type !== 'image');
    }
    this.#held.push(input);
    if (input.type !== 'audio') {
      // A picture a second must not make a long silence look like many short ones, which push the speech out.
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

  /** A long pause must not push out what was said before it. */
  #shortenPause(input: AudioInput): void {
    if (input.voiced) {
      this.#heldPauseMs = 0;
      return;
    }
    this.#heldPauseMs += durationMs(input.chunk);
    if (this.#heldPauseMs <= LONGEST_PAUSE_MS + PRE_ROLL_MS) return;
    // Its beginning and its end stay; what goes is from between them.
    const tail = Math.ceil(PRE_ROLL_MS / durationMs(input.chunk));
    let index = this.#held.length - 1 - tail;
    while (index >= 0 && this.#held[index]?.type !== 'audio') index -= 1;
    const [dropped] = index < 0 ? [] : this.#held.splice(index, 1);
    if (dropped?.type !== 'audio') return;
    this.#heldMs -= durationMs(dropped.chunk);
    this.#heldPauseMs -= durationMs(dropped.chunk);
  }

  /** The model has begun to answer: what was said up to now has reached it. */
  answered(): void {
    this.#askedAtMs = undefined;
    this.#voicedMs = 0;
    if (this.#activityOpen) {
      // What is being said inside an open turn cannot have been answered yet.
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

  /** Takes one input out of what would be sent again: the service has refused it, or will not answer it. */
  forget(input: Input): void {
    const index = this.#sent.indexOf(input as RecordedInput);
    if (index < 0 || input.type === 'audio') return;
    this.#sent.splice(index, 1);
    if (this.#onset > index) this.#onset -= 1;
    if (!this.#sent.some(isAsked)) this.#askedAtMs = undefined;
    if (!this.#sent.some(({ type }) => type !== 'audio') && this.voicedMs === 0) this.#clear();
  }

  /**
   * Forgets what a person has said and taken back; what was typed stays.
   * Returns whether the service waits for the end of an activity.
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

  /** Everything that the new connection has to be sent first, in order; with `replay` from the unanswered onset on. */
  takeBacklog(replay: boolean): Input[] {
    // At an orderly end somebody may just have begun, too softly to tell: what nobody was heard in is sent again.
    const again = replay && this.#onset >= 0 ? this.#sent.slice(this.#onset) : this.#lastPause();
    const backlog = trimPauses([...again, ...this.#held]);
    this.#held = [];
    this.#heldMs = 0;
    this.#heldPauseMs = 0;
    // What is sent again is recorded again.
    if (replay) {
      this.#activityOpen = false;
      this.#clear();
    }
    return backlog;
  }

  /** The end of what was sent, as far as nobody speaks in it. */
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
    this.#onset = this.#sent.length - this.#lastPause().length;
    this.#voicedMs = 0;
  }
}

function isAsked(input: Input): input is AskedInput {
  return input.type === 'text' || input.type === 'context';
}

/** What is left of inputs when what was said in them is taken back. */
export function withoutSpeech(inputs: readonly Input[]): Input[] {
  return inputs.filter(
    ({ type }) => type !== 'audio' && type !== 'activity-start' && type !== 'activity-end',
  );
}

/** Shortens long pauses, and drops audio in which nobody speaks at all: it would only delay what is said next. */
function trimPauses(inputs: readonly Input[]): Input[] {
  const kept: Input[] = [];
  let pause: AudioInput[] = [];
  let afterSpeech = false;
  const endPause = (beforeSpeech: boolean): void => {
    const head = afterSpeech ? firstMs(pause, LONGEST_PAUSE_MS) : [];
    const tail = beforeSpeech ? lastMs(pause.slice(head.length), PRE_ROLL_MS) : [];
    kept.push(...head, ...tail);
    pause = [];
  };
  for (const input of inputs) {
    if (input.type === 'audio' && !input.voiced) {
      pause.push(input);
      continue;
    }
    endPause(input.type === 'audio');
    if (input.type === 'audio') afterSpeech = true;
    kept.push(input);
  }
  endPause(false);
  return kept;
}

/** The frames that begin within the first `ms`. */
function firstMs(frames: readonly AudioInput[], ms: number): AudioInput[] {
  let totalMs = 0;
  let count = 0;
  for (const frame of frames) {
    if (totalMs >= ms) break;
    totalMs += durationMs(frame.chunk);
    count += 1;
  }
  return frames.slice(0, count);
}

function lastMs(frames: readonly AudioInput[], ms: number): AudioInput[] {
  return firstMs([...frames].reverse(), ms).reverse();
}
