// Detects utterances in one session's audio, in the detection thread: audio and speech probabilities in, utterances with their audio out.
import { Detector } from './detector.js';
import { Interim, type Stretch } from './interim.js';
import { INPUT_RATE, type RecogniserOptions } from './port.js';
import { RingBuffer } from './ring-buffer.js';
import { MAX_SEGMENT_SAMPLES, SegmentCutter } from './segments.js';

/** The window of the voice detector: 32 ms. */
export const WINDOW_SAMPLES = 512;
/** Limit of audio that waits for the detector; beyond it the oldest is dropped. */
export const MAX_PENDING_SAMPLES = 60 * INPUT_RATE;
export const MAX_PREFIX_MS = 2000;

/** The soft end of a word lies below the detector's threshold: recognition gets this much of the pause as well. */
const TAIL_SAMPLES = 0.3 * INPUT_RATE;
/** The detector's probability rises only inside a word, and recognition needs the word's beginning whatever `prefixMs` is. */
const MIN_LEAD_MS = 200;
/** How far into a pause the last partial recognition is made, until speech continues. */
const LAST_LOOK_SAMPLES = 0.2 * INPUT_RATE;
/** How long before a pause ends the utterance its sound is given out for recognition, so that the words are there at the end. */
const EARLY_SAMPLES = 0.35 * INPUT_RATE;
const NO_AUDIO = new Float32Array(0);

export type Utterance =
  | { readonly type: 'started'; readonly offset: number }
  /** Audio for a partial result; `settled`: the utterance goes on after this stretch, which is not recognised again. */
  | {
      readonly type: 'partial';
      readonly offset: number;
      readonly settled: boolean;
      readonly samples: Float32Array<ArrayBuffer>;
    }
  /** The first part of an utterance that is too long for the recogniser. */
  | { readonly type: 'segment'; readonly samples: Float32Array<ArrayBuffer> }
  /** The rest of an utterance that will have ended when the present pause goes on. */
  | { readonly type: 'expected'; readonly samples: Float32Array<ArrayBuffer> }
  /** The end, with the rest of its audio; `expected`: that is what was given out last as expected. */
  | {
      readonly type: 'ended';
      readonly offset: number;
      readonly samples: Float32Array<ArrayBuffer>;
      readonly expected?: true;
    };

export interface UtteranceDetectorOptions extends RecogniserOptions {
  readonly manual: boolean;
  /** Whether the audio of utterances is wanted: without a recogniser it is not. */
  readonly audio: boolean;
}

export class UtteranceDetector {
  readonly #options: UtteranceDetectorOptions;
  readonly #emit: (utterance: Utterance) => void;
  readonly #buffer: RingBuffer;
  readonly #detector: Detector;
  readonly #cutter = new SegmentCutter(WINDOW_SAMPLES);
  readonly #interim: Interim | undefined;
  readonly #prefixSamples: number;
  readonly #scratch = new Float32Array(WINDOW_SAMPLES);
  readonly #marks: { readonly type: 'begin' | 'end'; readonly offset: number }[] = [];
  /** The next window begins here. */
  #position = 0;
  /** Audio before this went to the recogniser already. */
  #used = 0;
  #segmentStart = 0;
  #reportedPause = -1;
  /** How far into a pause the sound of the utterance is given out. */
  readonly #earlySamples: number;
  /** The pause for which that was done, and where the sound begins. */
  #expected = { pause: -1, start: 0 };
  #energy = 0;
  #lostSamples = 0;

  constructor(options: UtteranceDetectorOptions, emit: (utterance: Utterance) => void) {
    this.#options = options;
    this.#emit = emit;
    this.#prefixSamples = options.manual
      ? 0
      : Math.round((Math.min(Math.max(options.prefixMs, MIN_LEAD_MS), MAX_PREFIX_MS) * INPUT_RATE) / 1000);
    const silence = (options.silenceMs * INPUT_RATE) / 1000;
    this.#earlySamples = Math.max(TAIL_SAMPLES, silence - EARLY_SAMPLES);
    this.#detector = new Detector(options, WINDOW_SAMPLES);
    const { partials, audio } = options;
    this.#interim = partials && audio ? new Interim(partials.everyMs, WINDOW_SAMPLES) : undefined;
    this.#buffer = new RingBuffer(MAX_PENDING_SAMPLES + MAX_SEGMENT_SAMPLES);
  }

  /** Number of samples that were dropped because they came too fast. */
  get lostSamples(): number {
    return this.#lostSamples;
  }

  /** Whether a window waits for its probability. Under manual detection none ever does. */
  get ready(): boolean {
    return !this.#options.manual && this.#hasWindow();
  }

  push(samples: Int16Array): void {
    this.#buffer.write(samples);
    if (this.#position < this.#buffer.start) {
      this.#lostSamples += this.#buffer.start - this.#position;
      this.#position = this.#buffer.start;
    }
    this.#settle();
  }

  /** Opens or closes an utterance at the end of what was pushed so far. */
  mark(type: 'begin' | 'end'): void {
    this.#marks.push({ type, offset: this.#buffer.end });
    this.#settle();
  }

  /** Copies the window that waits into `target`; `score` has to follow. */
  takeWindow(target: Float32Array, at: number): void {
    this.#buffer.read(this.#position, WINDOW_SAMPLES, target, at);
    let energy = 0;
    for (let index = at; index < at + WINDOW_SAMPLES; index++) energy += (target[index] as number) ** 2;
    this.#energy = energy;
  }

  /** Takes the probability that the window taken last holds speech. */
  score(probability: number): void {
    const offset = this.#position;
    this.#position += WINDOW_SAMPLES;
    const change = this.#detector.step(probability, offset);
    if (change === 'started') this.#start(this.#detector.onset);
    else if (change === 'ended') this.#endAtPause(this.#position);
    else this.#goOn(offset);
    this.#settle();
  }

  #hasWindow(): boolean {
    return this.#buffer.end - this.#position >= WINDOW_SAMPLES;
  }

  /** Does what needs no detector: manual windows, then the marks whose audio has been gone through. */
  #settle(): void {
    for (;;) {
      const mark = this.#marks[0];
      if (mark && this.#position + WINDOW_SAMPLES > mark.offset) {
        this.#marks.shift();
        this.#apply(mark.type, mark.offset);
      } else if (this.#options.manual && this.#hasWindow()) {
        const offset = this.#position;
        if (this.#detector.speaking) this.takeWindow(this.#scratch, 0);
        this.#position += WINDOW_SAMPLES;
        this.#goOn(offset);
      } else break;
    }
    this.#forget();
  }

  #apply(type: 'begin' | 'end', offset: number): void {
    if (type === 'begin' && !this.#detector.speaking) {
      this.#detector.open(offset);
      this.#start(offset);
    } else if (type === 'end') {
      const { speaking, pause } = this.#detector;
      if (speaking && (pause < 0 || this.#options.manual)) this.#end(offset, offset);
      else if (speaking) this.#endAtPause(offset);
      this.#detector.reset();
    }
  }

  #start(onset: number): void {
    this.#segmentStart = Math.max(0, this.#used, this.#buffer.start, onset - this.#prefixSamples);
    this.#cutter.begin(this.#segmentStart);
    this.#interim?.begin(this.#segmentStart, onset);
    this.#emit({ type: 'started', offset: onset });
  }

  /** `limit`: no sound behind it. */
  #endAtPause(limit: number): void {
    const { pause } = this.#detector;
    const { pause: expectedPause, start } = this.#expected;
    if (pause === expectedPause && start === this.#segmentStart) {
      this.#detector.reset();
      this.#used = pause + TAIL_SAMPLES;
      this.#segmentStart = this.#used;
      this.#emit({ type: 'ended', offset: pause, samples: NO_AUDIO, expected: true });
    } else this.#end(pause, Math.min(pause + TAIL_SAMPLES, limit));
  }

  #end(offset: number, audioEnd: number): void {
    this.#detector.reset();
    this.#emit({ type: 'ended', offset, samples: this.#cutSegment(audioEnd) });
  }

  /** The window at `offset` belongs to an utterance, or to none. */
  #goOn(offset: number): void {
    if (!this.#detector.speaking) return;
    this.#look(offset);
    this.#expectEnd();
    const cut = this.#cutter.step(this.#energy, offset);
    if (cut === undefined) return;
    const samples = this.#cutSegment(cut);
    this.#cutter.begin(cut);
    if (this.#options.audio) this.#emit({ type: 'segment', samples });
  }

  #look(offset: number): void {
    if (!this.#interim) return;
    const end = offset + WINDOW_SAMPLES;
    const stretch = this.#interim.step(this.#energy, end, WINDOW_SAMPLES);
    const { pause } = this.#detector;
    if (stretch && (pause < 0 || stretch.settled)) this.#emitPartial(stretch);
    else if (pause >= 0 && pause !== this.#reportedPause && end - pause >= LAST_LOOK_SAMPLES) {
      this.#reportedPause = pause;
      this.#emitPartial({ start: this.#interim.start, end, settled: false });
    }
  }

  /** Recognition of what has been said so far begins while the pause lasts: it is over when the pause is. */
  #expectEnd(): void {
    const { pause } = this.#detector;
    const early = !this.#options.manual && this.#options.audio && pause >= 0;
    if (!early || pause === this.#expected.pause || this.#position - pause < this.#earlySamples) return;
    const start = this.#segmentStart;
    if (start < this.#buffer.start) return;
    this.#expected = { pause, start };
    const samples = new Float32Array(pause + TAIL_SAMPLES - start);
    this.#buffer.read(start, samples.length, samples);
    this.#emit({ type: 'expected', samples });
  }

  #emitPartial({ start, end, settled }: Stretch): void {
    const from = Math.max(start, this.#buffer.start);
    const samples = new Float32Array(Math.max(0, end - from));
    this.#buffer.read(from, samples.length, samples);
    this.#emit({ type: 'partial', offset: end, settled, samples });
  }

  #cutSegment(end: number): Float32Array<ArrayBuffer> {
    const start = Math.max(this.#segmentStart, this.#buffer.start);
    this.#segmentStart = end;
    this.#used = end;
    if (!this.#options.audio || end <= start) return NO_AUDIO;
    const samples = new Float32Array(end - start);
    this.#buffer.read(start, end - start, samples);
    return samples;
  }

  #forget(): void {
    const { speaking, onset } = this.#detector;
    const begin = onset < 0 ? this.#position : onset;
    const heard = Math.min(this.#segmentStart, this.#interim?.start ?? this.#segmentStart);
    const needed = speaking ? heard : begin - this.#prefixSamples;
    // A mark may lie ahead of the window that comes next, which has to be read all the same.
    this.#buffer.forget(Math.min(needed, this.#position));
  }
}
