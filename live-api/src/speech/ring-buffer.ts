// The last seconds of what a recogniser was given, by sample offset: a ring that grows to a bound and shrinks again.

/** What the ring holds at first and returns to: idle recognisers are many, and have to be small. */
const SMALL_SAMPLES = 1 << 14;
const FULL_SCALE = 1 / 32_768;

export class RingBuffer {
  readonly #maxSamples: number;
  #ring = new Int16Array(SMALL_SAMPLES);
  #start = 0;
  #end = 0;

  /** Never holds more than `maxSamples`, rounded up to a power of two: the oldest are lost first. */
  constructor(maxSamples: number) {
    this.#maxSamples = 2 ** Math.ceil(Math.log2(Math.max(maxSamples, SMALL_SAMPLES)));
  }

  /** The oldest sample still held. */
  get start(): number {
    return this.#start;
  }

  /** How many samples were ever written: the offset of the next one. */
  get end(): number {
    return this.#end;
  }

  write(samples: Int16Array): void {
    const skipped = Math.max(0, samples.length - this.#maxSamples);
    const fresh = skipped === 0 ? samples : samples.subarray(skipped);
    this.#end += skipped;
    this.#start = Math.max(this.#start, this.#end + fresh.length - this.#maxSamples);
    this.#fit(this.#end + fresh.length - this.#start);
    const at = this.#end & (this.#ring.length - 1);
    const room = this.#ring.length - at;
    if (fresh.length <= room) {
      this.#ring.set(fresh, at);
    } else {
      this.#ring.set(fresh.subarray(0, room), at);
      this.#ring.set(fresh.subarray(room), 0);
    }
    this.#end += fresh.length;
  }

  /** Says that nothing before `offset` will be read again. */
  forget(offset: number): void {
    this.#start = Math.max(this.#start, Math.min(offset, this.#end));
    if (this.#ring.length > SMALL_SAMPLES && (this.#end - this.#start) * 8 < this.#ring.length) {
      this.#fit(this.#end - this.#start);
    }
  }

  /** Copies `count` samples from `offset`, scaled to -1…1, into `target`; what is not held (any more) is silence. */
  read(offset: number, count: number, target: Float32Array, at = 0): void {
    const mask = this.#ring.length - 1;
    for (let index = 0; index < count; index++) {
      const position = offset + index;
      const held = position >= this.#start && position < this.#end;
      target[at + index] = held ? (this.#ring[position & mask] as number) * FULL_SCALE : 0;
    }
  }

  /** Makes the ring the smallest power of two that holds `count`, but leaves it while it is at most 8 times that. */
  #fit(count: number): void {
    let size = SMALL_SAMPLES;
    while (size < count) size *= 2;
    if (size === this.#ring.length) return;
    if (size < this.#ring.length && count * 8 >= this.#ring.length) return;
    const ring = new Int16Array(size);
    const mask = this.#ring.length - 1;
    for (let position = this.#start; position < this.#end; position++) {
      ring[position & (size - 1)] = this.#ring[position & mask] as number;
    }
    this.#ring = ring;
  }
}
