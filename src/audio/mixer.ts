// Combines microphones into one stream in real time: a single speaker passes unchanged, simultaneous speakers are summed.
// Own code: rtc-node's AudioMixer waits for every stream on its own clock and loses frames under jitter.
import { Gate } from './gate.js';
import { isVoice, levelOf, type PcmChunk, SILENT_FRAME } from './pcm.js';
import { StreamPace } from './stream-pace.js';

/** Frames of a speaker who does not lead wait this long at most to be mixed in: 500 ms. */
const MOST_WAITING_FRAMES = 25;
/** Frames of every other input without one of the leader, after which the leader has stalled: 500 ms. */
const STALLED_FRAMES = 25;
/** 200 ms: more than the silence inside a word. */
const WORD_PAUSE_FRAMES = 10;

/** The voice of an input in a chunk of several. */
export interface MixedVoice {
  readonly name: string;
  /** As of levelOf(). */
  readonly level: number;
}

export interface MixerOptions {
  /** `loudest`: the input with the highest level in the chunk; undefined while nobody speaks. */
  /** `others`: inputs with a softer voice in it. */
  readonly send: (chunk: PcmChunk, loudest: string | undefined, others?: readonly MixedVoice[]) => void;
  /** The input that leads from now on, by the name it was added under. */
  readonly onSpeaker: (name: string) => void;
}

interface MixerInput {
  readonly name: string;
  gate: Gate;
  /** Frames that have passed the gate and are not sent yet. */
  waiting: PcmChunk[];
}

/**
 * There is no clock: a frame of sound goes out for each frame of the leading input, so that network jitter makes no gaps
 * in it. The first input with speech leads until its speech ends. A single speaker is never delayed.
 */
export class Mixer {
  readonly #options: MixerOptions;
  readonly #inputs = new Map<string, MixerInput>();
  #leader: MixerInput | undefined;
  /** Removed inputs whose last frames are not sent yet. */
  #leaving: MixerInput[] = [];
  /** Frames of other inputs since the leader's last. */
  #sinceLeader = 0;
  /** The input that led when speech was last sent. */
  #speaker: MixerInput | undefined;
  readonly #pace = new StreamPace();

  constructor(options: MixerOptions) {
    this.#options = options;
  }

  /** `speaking`: this input was sent until now, and its speaker may be in the middle of a word. */
  add(name: string, speaking = false): void {
    const input: MixerInput = { name, gate: new Gate(speaking), waiting: [] };
    this.#inputs.set(name, input);
    this.#pace.add(name);
    if (speaking) {
      this.#leader = input;
      this.#speaker = input;
    } else {
      this.#leader ??= input;
    }
  }

  remove(name: string): void {
    const input = this.#inputs.get(name);
    if (!input || !this.#inputs.delete(name)) return;
    this.#pace.remove(name);
    // Its last frames may still wait for the leader's.
    if (input.waiting.length > 0) this.#leaving.push(input);
    if (this.#leader === input) this.#leader = this.#nextLeader() ?? this.#inputs.values().next().value;
  }

  /** Sends every frame that still waits; call it before the mixer is dropped. */
  flush(): void {
    this.#drain([...this.#inputs.values(), ...this.#leaving]);
  }

  #drain(inputs: readonly MixerInput[]): void {
    for (const input of inputs) {
      for (let frame = input.waiting.shift(); frame; frame = input.waiting.shift())
        this.#sendMixed(input, frame);
    }
  }

  /** A frame of 20 ms. */
  push(name: string, chunk: PcmChunk): void {
    const input = this.#inputs.get(name);
    if (!input) return;
    this.#pace.tick(name);
    input.gate.pass(chunk, input.waiting);
    if (!this.#leader || !speaks(this.#leader)) this.#leadNext();
    if (input === this.#leader) this.#advance(input);
    else if (this.#isStalled()) this.#takeOver(input);
    else this.#wait(input);
  }

  #leadNext(): void {
    const next = this.#nextLeader();
    if (next) this.#leader = next;
  }

  #isStalled(): boolean {
    this.#sinceLeader += 1;
    return this.#sinceLeader > STALLED_FRAMES * (this.#inputs.size - 1);
  }

  /** Bounds what is kept of a speaker who does not lead. */
  #wait({ waiting }: MixerInput): void {
    if (waiting.length > MOST_WAITING_FRAMES) waiting.splice(0, waiting.length - MOST_WAITING_FRAMES);
  }

  #takeOver(input: MixerInput): void {
    if (this.#leader) silence(this.#leader);
    this.#leader = input;
    this.#advance(input);
  }

  #nextLeader(): MixerInput | undefined {
    for (const input of this.#inputs.values()) if (speaks(input)) return input;
    return undefined;
  }

  #advance(leader: MixerInput): void {
    this.#sinceLeader = 0;
    if (leader.waiting.length === 0) {
      if (this.#leaving.length > 0) this.#drain(this.#leaving);
      else
        for (let due = this.#pace.silence(); due > 0; due -= 1) this.#options.send(SILENT_FRAME, undefined);
      return;
    }
    if (leader !== this.#speaker) {
      this.#speaker = leader;
      this.#options.onSpeaker(leader.name);
    }
    const frames = leader.waiting;
    leader.waiting = [];
    if (this.#pace.isFarAhead && leader.gate.pauseFrames > WORD_PAUSE_FRAMES && !this.#othersWait(leader))
      return;
    for (const frame of frames) this.#sendMixed(leader, frame);
  }

  #othersWait(leader: MixerInput): boolean {
    for (const input of this.#inputs.values()) if (input !== leader && input.waiting.length > 0) return true;
    return this.#leaving.length > 0;
  }

  /** Sends a frame of the leader, summed with the waiting frames of the others. */
  #sendMixed(one: MixerInput, frame: PcmChunk): void {
    this.#pace.sound();
    let sum: Int16Array | undefined;
    let loudest: MixedVoice | undefined;
    let others: MixedVoice[] | undefined;
    for (const inputs of [this.#inputs.values(), this.#leaving]) {
      for (const input of inputs) {
        const other = input === one ? undefined : input.waiting.shift();
        if (!other) continue;
        sum ??= frame.samples.slice();
        loudest ??= { name: one.name, level: levelOf(frame) };
        addTo(sum, other.samples);
        const voice = { name: input.name, level: levelOf(other) };
        const [softer, louder] = voice.level > loudest.level ? [loudest, voice] : [voice, loudest];
        loudest = louder;
        if (!isVoice(softer.level)) continue;
        others ??= [];
        others.push(softer);
      }
    }
    if (this.#leaving.length > 0) this.#leaving = this.#leaving.filter(({ waiting }) => waiting.length > 0);
    if (sum && loudest) this.#options.send({ samples: sum, rate: frame.rate }, loudest.name, others);
    else this.#options.send(frame, one.name);
  }
}

/** Drops the waiting frames of an input and closes its gate. */
function silence(input: MixerInput): void {
  input.gate = new Gate();
  input.waiting = [];
}

function speaks({ gate, waiting }: MixerInput): boolean {
  return gate.isOpen || waiting.length > 0;
}

/** Clamped: a sum beyond 16 bits would wrap around and crackle. */
function addTo(sum: Int16Array, samples: Int16Array): void {
  for (let i = 0; i < sum.length; i += 1) {
    const value = (sum[i] ?? 0) + (samples[i] ?? 0);
    sum[i] = Math.min(32_767, Math.max(-32_768, value));
  }
}
