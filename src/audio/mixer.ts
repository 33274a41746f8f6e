// Combines microphones into one stream: a single speaker passes unchanged, simultaneous speakers are summed.
// Own code: rtc-node's AudioMixer waits for every stream on its own clock and loses frames under jitter.
import { Gate } from './gate.js';
import { levelOf, type PcmChunk, SILENT_FRAME } from './pcm.js';

/** Frames of a speaker who does not lead wait this long at most to be mixed in: 500 ms. */
const MOST_WAITING_FRAMES = 25;
/** Without overlap: 20 s after another speaker has begun to wait, the lead passes on. */
const LONGEST_LEAD_FRAMES = 1_000;
/** Frames of every other input without one of the leader, after which the leader has stalled: 500 ms. */
const STALLED_FRAMES = 25;

export interface MixerOptions {
  /** `loudest`: the input with the highest level in the chunk; undefined while nobody speaks. */
  readonly send: (chunk: PcmChunk, loudest: string | undefined) => void;
  /** The input that leads from now on, by the name it was added under. */
  readonly onSpeaker: (name: string) => void;
  /** Whether simultaneous speakers are summed; otherwise one speaker is heard at a time. */
  readonly overlap: boolean;
}

interface MixerInput {
  readonly name: string;
  gate: Gate;
  /** Frames that have passed the gate and are not sent yet. */
  waiting: PcmChunk[];
}

/**
 * There is no clock: one frame goes out for each frame of the leading input, so that network jitter makes no gaps in it.
 * The first input with speech leads until its speech ends. A single speaker is never delayed.
 */
export class Mixer {
  readonly #options: MixerOptions;
  readonly #inputs = new Map<string, MixerInput>();
  #leader: MixerInput | undefined;
  /** Removed inputs whose last frames are not sent yet. */
  #leaving: MixerInput[] = [];
  /** Frames of the leader since another input began to wait; 0 while none waits. */
  #heldUp = 0;
  /** Frames of other inputs since the leader's last. */
  #sinceLeader = 0;
  /** The input that led when speech was last sent. */
  #speaker: MixerInput | undefined;

  constructor(options: MixerOptions) {
    this.#options = options;
  }

  get overlap(): boolean {
    return this.#options.overlap;
  }

  /** `speaking`: this input was sent until now, and its speaker may be in the middle of a word. */
  add(name: string, speaking = false): void {
    const input: MixerInput = { name, gate: new Gate(speaking), waiting: [] };
    this.#inputs.set(name, input);
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
    // Its last frames may still wait for the leader's.
    if (this.#options.overlap && input.waiting.length > 0) this.#leaving.push(input);
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
    input.gate.pass(chunk, input.waiting);
    if (!this.#leader || !speaks(this.#leader)) this.#leadNext();
    if (input === this.#leader) this.#advance(input);
    else if (this.#isStalled()) this.#takeOver(input);
    else this.#wait(input);
  }

  #leadNext(): void {
    const next = this.#nextLeader();
    if (!next) return;
    this.#leader = next;
    this.#heldUp = 0;
  }

  #isStalled(): boolean {
    this.#sinceLeader += 1;
    return this.#sinceLeader > STALLED_FRAMES * (this.#inputs.size - 1);
  }

  /** Bounds what is kept of a speaker who does not lead. */
  #wait(input: MixerInput): void {
    if (!this.#options.overlap && !input.gate.isOpen) input.waiting = [];
    else if (this.#isHeldUp(input)) this.#takeOver(input);
    else if (input.waiting.length > MOST_WAITING_FRAMES)
      input.waiting.splice(0, input.waiting.length - MOST_WAITING_FRAMES);
  }

  /** Without overlap: whether this input has waited for the lead long enough. */
  #isHeldUp(input: MixerInput): boolean {
    if (this.#options.overlap || !input.gate.isOpen) return false;
    if (this.#heldUp === 0) this.#heldUp = 1;
    return this.#heldUp > LONGEST_LEAD_FRAMES;
  }

  #takeOver(input: MixerInput): void {
    if (this.#leader) silence(this.#leader);
    this.#leader = input;
    this.#heldUp = 0;
    this.#advance(input);
  }

  #nextLeader(): MixerInput | undefined {
    for (const input of this.#inputs.values()) if (speaks(input)) return input;
    return undefined;
  }

  #advance(leader: MixerInput): void {
    this.#sinceLeader = 0;
    if (this.#heldUp > 0) this.#heldUp += 1;
    const { send } = this.#options;
    if (leader.waiting.length === 0) {
      if (this.#leaving.length > 0) this.#drain(this.#leaving);
      else send(SILENT_FRAME, undefined);
      return;
    }
    if (leader !== this.#speaker) {
      this.#speaker = leader;
      this.#options.onSpeaker(leader.name);
    }
    const frames = leader.waiting;
    leader.waiting = [];
    for (const frame of frames) this.#sendMixed(leader, frame);
  }

  /** Sends a frame of the leader, summed with the waiting frames of the others. */
  #sendMixed(one: MixerInput, frame: PcmChunk): void {
    const { overlap, send } = this.#options;
    let sum: Int16Array | undefined;
    let loudest = one.name;
    let most = 0;
    for (const inputs of [this.#inputs.values(), this.#leaving]) {
      for (const input of inputs) {
        const other = input === one || !overlap ? undefined : input.waiting.shift();
        if (!other) continue;
        if (!sum) {
          sum = frame.samples.slice();
          most = levelOf(frame);
        }
        addTo(sum, other.samples);
        const level = levelOf(other);
        if (level <= most) continue;
        most = level;
        loudest = input.name;
      }
    }
    if (this.#leaving.length > 0) this.#leaving = this.#leaving.filter(({ waiting }) => waiting.length > 0);
    send(sum ? { samples: sum, rate: frame.rate } : frame, loudest);
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
