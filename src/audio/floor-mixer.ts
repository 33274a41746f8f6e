// Sends microphones one speaker at a time: who speaks while another has the floor is kept, and heard after them.
import { type PcmChunk, SILENT_FRAME } from './pcm.js';
import { StreamPace } from './stream-pace.js';
import { type SpeechDetector, SpeechState, type VoiceActivity } from './voice-activity.js';

/** 500 ms before speech is detected: the detection takes up to 100 ms, and words begin softly. */
const PRE_ROLL_FRAMES = 25;
/** 20 s, after which a speaker gives the floor to one who waits. */
const LONGEST_FRAMES = 1_000;
/** The most that is kept of one who waits: all that they say until the speaker before them gives the floor. */
const MOST_KEPT_FRAMES = LONGEST_FRAMES + 100;
/** 10 s after its end, speech that was not heard yet is too old to be understood. */
const TOO_OLD_FRAMES = 500;
/** Longer than the pauses between the phrases of a sentence, and long enough for the service to take what follows as another turn. */
const TURN_PAUSE_MS = 1_000;
/** More than this that waits is sent at no more than four times real time. */
const BURST_FRAMES = 50;
const CATCH_UP = 4;

/** What the mixer asks of the floor (turns/floor.ts). */
export interface FloorKeeper {
  readonly holder: string | undefined;
  readonly isAwaited: boolean;
  begin(identity: string): boolean;
  pause(identity: string): void;
  release(identity: string): void;
  expire(identity: string): void;
  leave(identity: string): void;
}

export interface FloorMixerOptions {
  readonly floor: FloorKeeper;
  readonly voiceActivity: VoiceActivity;
  /** `name`: the input that speaks; undefined for silence. */
  readonly send: (chunk: PcmChunk, name: string | undefined) => void;
  /** The input that is heard from now on. */
  readonly onSpeaker: (name: string) => void;
  /** So much speech of this person was dropped, because another had the floor for too long. */
  readonly onUnheard: (identity: string, ms: number) => void;
}

interface Utterance {
  readonly frames: PcmChunk[];
  /** When it ended, in frames of StreamPace; undefined while it goes on. */
  endedAt: number | undefined;
}

interface FloorInput {
  readonly name: string;
  readonly identity: string;
  readonly detector: SpeechDetector;
  readonly speech: SpeechState;
  /** The latest frames outside speech. */
  recent: PcmChunk[];
  /** What is said and not sent yet, oldest first. */
  utterances: Utterance[];
  removed: boolean;
}

export class FloorMixer {
  readonly #options: FloorMixerOptions;
  readonly #pace = new StreamPace();
  readonly #inputs = new Map<string, FloorInput>();
  #speaker: string | undefined;
  /** The holder, and since when another has waited for their end; in frames. */
  #lead: { readonly holder: string; since: number | undefined } | undefined;
  #lastNow = 0;

  constructor(options: FloorMixerOptions) {
    this.#options = options;
  }

  add(name: string, identity: string): void {
    const speech = new SpeechState({ endMs: TURN_PAUSE_MS });
    const detector = this.#options.voiceActivity.detect((probability) => {
      const change = speech.step(probability);
      if (change === 'started') this.#begin(input);
      else if (change === 'ended') this.#end(input);
    });
    const input: FloorInput = {
      name,
      identity,
      detector,
      speech,
      recent: [],
      utterances: [],
      removed: false,
    };
    this.#inputs.set(name, input);
    this.#pace.add(name);
  }

  /** What was said on it until now is heard like everything else. */
  remove(name: string): void {
    const input = this.#inputs.get(name);
    if (!input || input.removed) return;
    input.removed = true;
    input.detector.close();
    this.#pace.remove(name);
    this.#end(input);
    if (input.utterances.length === 0) this.#forget(input);
  }

  /** A frame of 20 ms. */
  push(name: string, chunk: PcmChunk): void {
    const input = this.#inputs.get(name);
    if (!input || input.removed) return;
    this.#pace.tick(name);
    this.#keep(input, chunk);
    input.detector.push(chunk);
    this.#advance();
  }

  /** Whether this person has said something that is not sent yet, or speaks now. */
  hasSpeechOf(identity: string): boolean {
    for (const input of this.#inputs.values())
      if (input.identity === identity && input.utterances.length > 0) return true;
    return false;
  }

  /** Sends everything that waits, the holder's first; call it before the mixer is dropped. */
  flush(): void {
    const { holder } = this.#options.floor;
    const inputs = [...this.#inputs.values()];
    for (const input of inputs.sort(
      (a, b) => Number(b.identity === holder) - Number(a.identity === holder),
    )) {
      for (const { frames } of input.utterances) this.#sendAll(input, frames, frames.length);
    }
  }

  close(): void {
    const { floor } = this.#options;
    for (const { detector } of this.#inputs.values()) detector.close();
    this.#inputs.clear();
    if (floor.holder !== undefined) floor.leave(floor.holder);
  }

  #keep(input: FloorInput, chunk: PcmChunk): void {
    const open = openUtterance(input);
    if (open) {
      open.frames.push(chunk);
      return;
    }
    input.recent.push(chunk);
    if (input.recent.length > PRE_ROLL_FRAMES) input.recent.shift();
    // A person whose speech was dropped speaks on, and the floor is free now.
    if (input.speech.speaking && this.#options.floor.holder === undefined) this.#begin(input);
  }

  #begin(input: FloorInput): void {
    if (input.removed || openUtterance(input)) return;
    input.utterances.push({ frames: input.recent, endedAt: undefined });
    input.recent = [];
    this.#options.floor.begin(input.identity);
    this.#advance();
  }

  #end(input: FloorInput): void {
    const open = openUtterance(input);
    if (!open) return;
    open.endedAt = this.#pace.now;
    this.#advance();
  }

  #advance(): void {
    const { floor } = this.#options;
    this.#expire();
    this.#passOn();
    const speaker = this.#holding();
    const [utterance] = speaker?.utterances ?? [];
    const elapsed = this.#pace.now - this.#lastNow;
    this.#lastNow = this.#pace.now;
    if (!speaker || !utterance) {
      this.#silence();
      return;
    }
    const { frames } = utterance;
    this.#sendAll(speaker, frames, frames.length > BURST_FRAMES ? CATCH_UP * elapsed : frames.length);
    if (utterance.endedAt === undefined || frames.length > 0) return;
    speaker.utterances.shift();
    // What they have begun since is heard with it.
    if (speaker.utterances.length > 0) return;
    if (!speaker.removed) floor.pause(speaker.identity);
    else this.#forget(speaker);
  }

  /** The holder's input with speech. */
  #holding(): FloorInput | undefined {
    const { holder } = this.#options.floor;
    for (const input of this.#inputs.values())
      if (input.identity === holder && input.utterances.length > 0) return input;
    return undefined;
  }

  /** Somebody who speaks without end gives the floor to the one who waits. */
  #passOn(): void {
    const { floor } = this.#options;
    const { holder, isAwaited } = floor;
    if (holder === undefined) {
      this.#lead = undefined;
      return;
    }
    if (this.#lead?.holder !== holder) {
      this.#lead = { holder, since: undefined };
      // What they have said while they waited begins now.
      if (this.hasSpeechOf(holder)) floor.begin(holder);
    }
    this.#lead.since = isAwaited ? (this.#lead.since ?? this.#pace.now) : undefined;
    if (this.#lead.since === undefined || this.#pace.now - this.#lead.since < LONGEST_FRAMES) return;
    this.#lead = undefined;
    floor.release(holder);
    // They speak on, and wait for their next turn.
    if (this.hasSpeechOf(holder)) floor.begin(holder);
  }

  #expire(): void {
    const { floor, onUnheard } = this.#options;
    for (const input of this.#inputs.values()) {
      if (input.identity === floor.holder) continue;
      const [oldest] = input.utterances;
      if (!oldest) continue;
      const { endedAt, frames } = oldest;
      const isOld =
        endedAt === undefined ? frames.length > MOST_KEPT_FRAMES : this.#pace.now - endedAt > TOO_OLD_FRAMES;
      if (!isOld) continue;
      input.utterances.shift();
      onUnheard(input.identity, frames.length * 20);
      if (input.utterances.length > 0) continue;
      if (input.removed) this.#forget(input);
      if (!this.hasSpeechOf(input.identity)) floor.expire(input.identity);
    }
  }

  #sendAll(input: FloorInput, frames: PcmChunk[], count: number): void {
    if (count > 0 && frames.length > 0 && this.#speaker !== input.name) {
      this.#speaker = input.name;
      this.#options.onSpeaker(input.name);
    }
    for (const frame of frames.splice(0, count)) {
      this.#pace.sound();
      this.#options.send(frame, input.name);
    }
  }

  #silence(): void {
    for (let due = this.#pace.silence(); due > 0; due -= 1) this.#options.send(SILENT_FRAME, undefined);
  }

  /** The microphone is closed and everything of it was heard or dropped. */
  #forget(input: FloorInput): void {
    this.#inputs.delete(input.name);
    if (this.#options.floor.holder === input.identity) this.#options.floor.leave(input.identity);
    if (this.#speaker === input.name) this.#speaker = undefined;
  }
}

function openUtterance({ utterances }: FloorInput): Utterance | undefined {
  const last = utterances.at(-1);
  return last?.endedAt === undefined ? last : undefined;
}
