// Many microphones as one: whoever speaks alone goes through as he is, people who speak at once are added up.
import { Gate } from './gate.js';
import { levelOf, type PcmChunk, QUIET_FRAME } from './pcm.js';

/** What somebody says while another one leads waits this long to be mixed in: 500 ms. */
const MOST_WAITING_FRAMES = 25;
/** 20 s after another one has wanted to speak, one after the other, who still speaks is noise or takes too long. */
const LONGEST_LEAD_FRAMES = 1_000;
/** Frames of each of the others after which a leader of whom nothing comes has stalled: 500 ms. */
const STALLED_FRAMES = 25;

export interface MixerOptions {
  /** `loudest`: whose voice it is most; undefined while nobody speaks. */
  readonly send: (chunk: PcmChunk, loudest: string | undefined) => void;
  /** Whose words go out from now on, by the name he was added under. */
  readonly onSpeaker: (name: string) => void;
  /** Whether people who speak at once are heard at once; otherwise it is one after the other. */
  readonly overlap: boolean;
}

interface MixerInput {
  readonly name: string;
  gate: Gate;
  /** What has passed the gate and is not sent yet. */
  waiting: PcmChunk[];
}

/**
 * There is no clock: a frame goes out for each frame of whoever leads, so that his words are never torn apart by jitter.
 * The first who speaks leads until he stops. Nobody is delayed while nobody else speaks.
 */
export class Mixer {
  readonly #options: MixerOptions;
  readonly #inputs = new Map<string, MixerInput>();
  #leader: MixerInput | undefined;
  /** Who is gone, and what of his last words is not sent yet. */
  #leaving: MixerInput[] = [];
  /** Frames of the leader since another one wanted to speak; 0 while nobody did. */
  #heldUp = 0;
  /** Frames of others since the leader's last. */
  #sinceLeader = 0;
  /** Who led when something was last said. */
  #speaker: MixerInput | undefined;

  constructor(options: MixerOptions) {
    this.#options = options;
  }

  get overlap(): boolean {
    return this.#options.overlap;
  }

  /** `speaking`: he has been heard until now, and is perhaps in the middle of a word. */
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
    // His last words may still wait for who leads.
    if (this.#options.overlap && input.waiting.length > 0) this.#leaving.push(input);
    if (this.#leader === input) this.#leader = this.#nextLeader() ?? this.#inputs.values().next().value;
  }

  /** Sends what has been said and not sent yet: there will be no mixer any more. */
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

  /** What is remembered of somebody who speaks while another one leads. */
  #wait(input: MixerInput): void {
    if (!this.#options.overlap && !input.gate.isOpen) input.waiting = [];
    else if (this.#isHeldUp(input)) this.#takeOver(input);
    else if (input.waiting.length > MOST_WAITING_FRAMES)
      input.waiting.splice(0, input.waiting.length - MOST_WAITING_FRAMES);
  }

  /** One after the other, and nobody for ever. */
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
      else send(QUIET_FRAME, undefined);
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

  /** A frame of one, with what the others have to add to it. */
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

/** What he was saying is over. */
function silence(input: MixerInput): void {
  input.gate = new Gate();
  input.waiting = [];
}

function speaks({ gate, waiting }: MixerInput): boolean {
  return gate.isOpen || waiting.length > 0;
}

/** Loud together is as loud as it gets, rather than wrapped around. */
function addTo(sum: Int16Array, samples: Int16Array): void {
  for (let i = 0; i < sum.length; i += 1) {
    const value = (sum[i] ?? 0) + (samples[i] ?? 0);
    sum[i] = Math.min(32_767, Math.max(-32_768, value));
  }
}
