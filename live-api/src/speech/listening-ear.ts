// One ear inside the ears thread: audio and speech probabilities in, utterances with their audio out.
import { Detector } from './detector.js';
import { Interim, type Stretch } from './interim.js';
import { EAR_RATE, type EarOptions } from './port.js';
import { Tape } from './ring-buffer.js';
import { MAX_PIECE_SAMPLES, PieceCutter } from './segments.js';

/** What the voice detector looks at in one go: 32 ms. */
export const WINDOW_SAMPLES = 512;
/** Audio that waits for the detector; what a client sends faster than that is lost, oldest first. */
export const MAX_PENDING_SAMPLES = 60 * EAR_RATE;
export const MAX_PREFIX_MS = 2000;

/** A word's quiet end lies below the detector's threshold: the recogniser gets this much of the pause as well. */
const TAIL_SAMPLES = 0.3 * EAR_RATE;
/** The detector is sure only some way into a word, and the recogniser wants its beginning whatever `prefixMs` says. */
const MIN_LEAD_MS = 200;
/** So far into a pause the words so far are looked at once more, and then not until somebody goes on. */
const LAST_LOOK_SAMPLES = 0.2 * EAR_RATE;
const NO_AUDIO = new Float32Array(0);

export type Utterance =
  | { readonly type: 'started'; readonly offset: number }
  /** A look at what is being said; `settled`: it goes on behind this stretch, which will not be looked at again. */
  | {
      readonly type: 'partial';
      readonly offset: number;
      readonly settled: boolean;
      readonly samples: Float32Array<ArrayBuffer>;
    }
  /** The first part of an utterance that is too long for the recogniser. */
  | { readonly type: 'piece'; readonly samples: Float32Array<ArrayBuffer> }
  /** The end, with the rest of its audio. */
  | { readonly type: 'ended'; readonly offset: number; readonly samples: Float32Array<ArrayBuffer> };

export interface ListeningOptions extends EarOptions {
  readonly manual: boolean;
  /** Whether the audio of utterances is wanted: without a recogniser it is not. */
  readonly audio: boolean;
}

export class ListeningEar {
  readonly #options: ListeningOptions;
  readonly #tell: (utterance: Utterance) => void;
  readonly #tape: Tape;
  readonly #detector: Detector;
  readonly #cutter = new PieceCutter(WINDOW_SAMPLES);
  readonly #interim: Interim | undefined;
  readonly #prefixSamples: number;
  readonly #scratch = new Float32Array(WINDOW_SAMPLES);
  readonly #marks: { readonly type: 'begin' | 'end'; readonly offset: number }[] = [];
  /** The next window begins here. */
  #position = 0;
  /** Audio before this went to the recogniser already. */
  #used = 0;
  #pieceStart = 0;
  #toldPause = -1;
  #energy = 0;
  #lostSamples = 0;

  constructor(options: ListeningOptions, tell: (utterance: Utterance) => void) {
    this.#options = options;
    this.#tell = tell;
    this.#prefixSamples = options.manual
      ? 0
      : Math.round((Math.min(Math.max(options.prefixMs, MIN_LEAD_MS), MAX_PREFIX_MS) * EAR_RATE) / 1000);
    this.#detector = new Detector(options, WINDOW_SAMPLES);
    const { partials, audio } = options;
    this.#interim = partials && audio ? new Interim(partials.everyMs, WINDOW_SAMPLES) : undefined;
    this.#tape = new Tape(MAX_PENDING_SAMPLES + MAX_PIECE_SAMPLES);
  }

  /** Samples that had to be given up because they came faster than they could be heard. */
  get lostSamples(): number {
    return this.#lostSamples;
  }

  /** Whether a window waits for its probability. Under manual detection none ever does. */
  get ready(): boolean {
    return !this.#options.manual && this.#hasWindow();
  }

  push(samples: Int16Array): void {
    this.#tape.write(samples);
    if (this.#position < this.#tape.start) {
      this.#lostSamples += this.#tape.start - this.#position;
      this.#position = this.#tape.start;
    }
    this.#settle();
  }

  /** Opens or closes an utterance at the end of what was pushed so far. */
  mark(type: 'begin' | 'end'): void {
    this.#marks.push({ type, offset: this.#tape.end });
    this.#settle();
  }

  /** Copies the window that waits into `target`; `score` has to follow. */
  takeWindow(target: Float32Array, at: number): void {
    this.#tape.read(this.#position, WINDOW_SAMPLES, target, at);
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
    else if (change === 'ended') this.#endAtPause();
    else this.#goOn(offset);
    this.#settle();
  }

  #hasWindow(): boolean {
    return this.#tape.end - this.#position >= WINDOW_SAMPLES;
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
      if (speaking) this.#end(pause < 0 || this.#options.manual ? offset : pause, offset);
      this.#detector.reset();
    }
  }

  #start(onset: number): void {
    this.#pieceStart = Math.max(0, this.#used, this.#tape.start, onset - this.#prefixSamples);
    this.#cutter.begin(this.#pieceStart);
    this.#interim?.begin(this.#pieceStart, onset);
    this.#tell({ type: 'started', offset: onset });
  }

  #endAtPause(): void {
    const { pause } = this.#detector;
    this.#end(pause, Math.min(pause + TAIL_SAMPLES, this.#position));
  }

  #end(offset: number, audioEnd: number): void {
    this.#detector.reset();
    this.#tell({ type: 'ended', offset, samples: this.#cutPiece(audioEnd) });
  }

  /** The window at `offset` belongs to an utterance, or to none. */
  #goOn(offset: number): void {
    if (!this.#detector.speaking) return;
    this.#look(offset);
    const cut = this.#cutter.step(this.#energy, offset);
    if (cut === undefined) return;
    const samples = this.#cutPiece(cut);
    this.#cutter.begin(cut);
    if (this.#options.audio) this.#tell({ type: 'piece', samples });
  }

  #look(offset: number): void {
    if (!this.#interim) return;
    const end = offset + WINDOW_SAMPLES;
    const stretch = this.#interim.step(this.#energy, end, WINDOW_SAMPLES);
    const { pause } = this.#detector;
    if (stretch && (pause < 0 || stretch.settled)) this.#tellPartial(stretch);
    else if (pause >= 0 && pause !== this.#toldPause && end - pause >= LAST_LOOK_SAMPLES) {
      this.#toldPause = pause;
      this.#tellPartial({ start: this.#interim.start, end, settled: false });
    }
  }

  #tellPartial({ start, end, settled }: Stretch): void {
    const from = Math.max(start, this.#tape.start);
    const samples = new Float32Array(Math.max(0, end - from));
    this.#tape.read(from, samples.length, samples);
    this.#tell({ type: 'partial', offset: end, settled, samples });
  }

  #cutPiece(end: number): Float32Array<ArrayBuffer> {
    const start = Math.max(this.#pieceStart, this.#tape.start);
    this.#pieceStart = end;
    this.#used = end;
    if (!this.#options.audio || end <= start) return NO_AUDIO;
    const samples = new Float32Array(end - start);
    this.#tape.read(start, end - start, samples);
    return samples;
  }

  #forget(): void {
    const { speaking, onset } = this.#detector;
    const begin = onset < 0 ? this.#position : onset;
    const heard = Math.min(this.#pieceStart, this.#interim?.start ?? this.#pieceStart);
    const needed = speaking ? heard : begin - this.#prefixSamples;
    // A mark may lie ahead of the window that comes next, which has to be read all the same.
    this.#tape.forget(Math.min(needed, this.#position));
  }
}
