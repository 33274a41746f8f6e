// Plays the model's audio: cuts it into 20 ms frames, keeps one capture in flight, and counts the samples heard.
// Own code, because the framework's output counts frames that were captured, not samples that were heard.
import { OUTPUT_RATE } from './pcm.js';
import { type Played, RecentAudio } from './recent-audio.js';

export const FRAME_MS = 20;
export const FRAME_SAMPLES = (OUTPUT_RATE * FRAME_MS) / 1000;
/** From the source's queue to the listener: network, jitter buffer, decoder (measured on loopback). */
export const OUTPUT_LATENCY_MS = 60;
/** A capture resolves within the queue's length, on a busy machine within 2 s. One that is pending at two checks has stalled. */
const STALL_CHECK_MS = 3_000;
/** A rest shorter than a frame is padded and sent when no more than this is left to play. */
const FLUSH_AT_MS = 40;
/** What waits to be heard: the longest answer, and no more of one that has no end. */
const MAX_PENDING_SAMPLES = 10 * 60 * OUTPUT_RATE;
/** Ten minutes in chunks of ten milliseconds: smaller ones cost more than their samples. */
const MAX_CHUNKS = 60_000;

export interface PlayoutSink {
  capture(samples: Int16Array): Promise<void>;
  clear(): void;
  readonly queuedMs: number;
}

export interface PlayoutOptions {
  readonly sink: PlayoutSink;
  /** Called about every 20 ms during playout, and once at its end. */
  readonly onProgress: (heard: number) => void;
  readonly onError: (error: unknown) => void;
  /** The source has stalled: samples that were not heard are dropped when this returns. */
  readonly onStall: () => void;
  readonly nowMs?: () => number;
}

const samplesOf = (ms: number): number => Math.round((ms * OUTPUT_RATE) / 1000);

export class Playout implements Played {
  readonly #options: PlayoutOptions;
  readonly #nowMs: () => number;
  /** One buffer for every frame: only one capture is in flight, and it has read the frame when it resolves. */
  #frame = new Int16Array(FRAME_SAMPLES);
  readonly #recent = new RecentAudio();
  /** While it is held: the position at which it fell silent. Its echo is still to be heard. */
  #heldAt: number | undefined;
  #chunks: Int16Array[] = [];
  /** Samples of the first chunk that are captured already. */
  #offset = 0;
  #pending = 0;
  #written = 0;
  #captured = 0;
  #heard = 0;
  /** When the last captured sample will have been heard. */
  #heardByMs = 0;
  #pumping = false;
  /** Rises when a pump is abandoned, whose capture may resolve later. */
  #run = 0;
  #captures = 0;
  #timer: NodeJS.Timeout | undefined;
  /** One timer during playout, not one for each frame. */
  #guard: NodeJS.Timeout | undefined;
  /** The turn's audio is not complete. */
  #expectsMore = false;
  /** Audio was captured and more is to follow, so that an empty source is audible as a gap. */
  #streaming = false;
  #closed = false;
  /** Number of gaps within a turn: its audio came late, or the event loop was blocked. */
  underruns = 0;
  /** Of an answer that is longer than what is kept. */
  droppedSamples = 0;

  constructor(options: PlayoutOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Samples written and not taken back by clear(). */
  get written(): number {
    return this.#written;
  }

  /** Samples that listeners have heard; never decreases. */
  get heard(): number {
    const unheard = samplesOf(Math.max(0, this.#heardByMs - this.#nowMs()));
    this.#heard = Math.max(this.#heard, this.#captured - unheard);
    return this.#heard;
  }

  get idle(): boolean {
    return this.heard >= this.#written;
  }

  /** The position that leaves the source now; listeners hear it a little later. */
  get #sent(): number {
    return Math.max(0, this.#captured - samplesOf(this.#options.sink.queuedMs));
  }

  get #isHeld(): boolean {
    return this.#heldAt !== undefined;
  }

  /** The position that leaves the source now; undefined while nothing does. */
  get playing(): number | undefined {
    return this.#isHeld || this.#options.sink.queuedMs <= 0 ? undefined : this.#sent;
  }

  read(into: Int16Array, from: number): void {
    this.#recent.read(into, from, this.#heldAt ?? this.#captured);
  }

  /** Falls silent at once and keeps what listeners have not heard. Returns false where nothing is being played. */
  hold(): boolean {
    if (this.#closed || this.#isHeld || this.idle) return false;
    this.#heldAt = this.#sent;
    const from = this.#recent.pauseBefore(this.#heldAt);
    const again = new Int16Array(this.#captured - from);
    this.#recent.read(again, from, this.#captured);
    const [first] = this.#chunks;
    if (first && this.#offset > 0) this.#chunks[0] = first.slice(this.#offset);
    this.#offset = 0;
    if (again.length > 0) this.#chunks.unshift(again);
    this.#pending += again.length;
    this.#captured = from;
    this.#heardByMs = 0;
    this.#streaming = false;
    this.#options.sink.clear();
    return true;
  }

  /** Goes on after hold(), a few ms before the place where the voice fell silent. */
  resume(): void {
    if (this.#heldAt === undefined) return;
    this.#heldAt = undefined;
    this.#wake();
  }

  /** Adds audio at 24 kHz of any length; the caller must not use the array afterwards. */
  write(samples: Int16Array): void {
    if (this.#closed || samples.length === 0) return;
    if (this.#pending + samples.length > MAX_PENDING_SAMPLES || this.#chunks.length >= MAX_CHUNKS) {
      this.#drop(samples.length);
      return;
    }
    this.#chunks.push(samples);
    this.#pending += samples.length;
    this.#written += samples.length;
    this.#expectsMore = true;
    this.#wake();
  }

  /** The turn's audio is complete: a rest shorter than a frame is played without waiting for more. */
  flush(): void {
    this.#expectsMore = false;
    if (this.#pending > 0) this.#wake();
    else this.#streaming = false;
  }

  #drop(samples: number): void {
    if (this.droppedSamples === 0)
      this.#options.onError(new Error('more speech than ten minutes waits to be heard'));
    this.droppedSamples += samples;
  }

  /** Stops at once: drops the audio queued here and in the source. Returns the position that was heard. */
  clear(): number {
    const heard = this.heard;
    this.#chunks = [];
    this.#offset = 0;
    this.#pending = 0;
    this.#written = heard;
    this.#captured = heard;
    this.#heardByMs = 0;
    this.#expectsMore = false;
    this.#streaming = false;
    this.#heldAt = undefined;
    this.#options.sink.clear();
    this.#wake();
    return heard;
  }

  close(): void {
    if (this.#closed) return;
    this.clear();
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stopGuard();
  }

  #wake(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#pumping) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    this.#startGuard();
    const run = this.#run;
    try {
      while (!this.#closed && this.#hasFrame()) {
        const length = this.#fillFrame();
        if (this.#streaming && this.#options.sink.queuedMs <= 0) this.underruns += 1;
        this.#streaming = this.#expectsMore || this.#pending > 0;
        this.#captures += 1;
        this.#recent.keep(this.#frame, length, this.#captured);
        const captured = this.#options.sink.capture(this.#frame);
        this.#captured += length;
        this.#heardByMs = this.#nowMs() + this.#options.sink.queuedMs + OUTPUT_LATENCY_MS;
        await captured;
        if (run !== this.#run) return;
        if (!this.#closed) this.#options.onProgress(this.heard);
      }
    } catch (error) {
      // The source refused a frame because it is closed or full: only this frame is lost.
      if (run !== this.#run) return;
      if (!this.#closed) this.#options.onError(error);
    }
    this.#pumping = false;
    this.#rest();
  }

  #hasFrame(): boolean {
    if (this.#isHeld) return false;
    if (this.#pending >= FRAME_SAMPLES) return true;
    if (this.#pending === 0) return false;
    return !this.#expectsMore || this.#options.sink.queuedMs <= FLUSH_AT_MS;
  }

  /** Copies the next frame, padded with silence where the audio ends; returns how many samples are real. */
  #fillFrame(): number {
    const frame = this.#frame;
    let filled = 0;
    while (filled < FRAME_SAMPLES) {
      const chunk = this.#chunks[0];
      if (!chunk) break;
      const take = Math.min(FRAME_SAMPLES - filled, chunk.length - this.#offset);
      frame.set(chunk.subarray(this.#offset, this.#offset + take), filled);
      filled += take;
      this.#offset += take;
      if (this.#offset === chunk.length) {
        this.#chunks.shift();
        this.#offset = 0;
      }
    }
    frame.fill(0, filled);
    this.#pending -= filled;
    return filled;
  }

  /** Nothing to capture now: report progress until everything is heard, and flush a short rest in time. */
  #rest(): void {
    if (this.#closed) return;
    const heard = this.heard;
    this.#options.onProgress(heard);
    if (this.#closed || this.#pumping) return;
    if (heard >= this.#written || this.#isHeld) {
      this.#stopGuard();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#hasFrame()) void this.#pump();
      else this.#rest();
    }, FRAME_MS);
  }

  #startGuard(): void {
    let seen = -1;
    this.#guard ??= setInterval(() => {
      const inFlight = this.#pumping ? this.#captures : -1;
      // Two checks are needed: after a blocked loop this timer may run before the capture resolves.
      if (inFlight >= 0 && inFlight === seen) this.#giveUp();
      seen = inFlight;
    }, STALL_CHECK_MS);
  }

  #stopGuard(): void {
    clearInterval(this.#guard);
    this.#guard = undefined;
  }

  /** The source has stalled: waiting audio is dropped, so that the turn ends and the next one can be played. */
  #giveUp(): void {
    this.#run += 1;
    this.#pumping = false;
    // The source may still read the old buffer.
    this.#frame = new Int16Array(FRAME_SAMPLES);
    this.#options.onError(new Error('the audio source has stalled: it took no frame for over three seconds'));
    this.#options.onStall();
    this.clear();
  }
}
