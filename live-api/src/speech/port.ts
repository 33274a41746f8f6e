// What the server needs of speech: a recogniser for each session and a voice. Implementations: offline models, and tones.

export const INPUT_RATE = 16_000;
export const VOICE_RATE = 24_000;

export interface RecogniserOptions {
  /** Speech probability above which a person is taken to speak, 0 to 1. */
  readonly startThreshold: number;
  /** Probability below which the person is taken to pause, 0 to 1. */
  readonly endThreshold: number;
  /** Speech has to last this long before it counts. */
  readonly minSpeechMs: number;
  /** A pause this long ends the utterance. */
  readonly silenceMs: number;
  /** How much before the onset belongs to the utterance. */
  readonly prefixMs: number;
  /** Emits a `partial` event after each so many milliseconds of speech; none where words cannot be recognised. */
  readonly partials?: { readonly everyMs: number };
}

/** Offsets are in samples at 16 kHz since the recogniser was opened. */
export type RecogniserEvent =
  /** A person has begun to speak; `offset` is the onset. */
  | { readonly type: 'started'; readonly offset: number }
  /**
   * The words so far of the utterance that goes on, up to `offset`; later ones may correct earlier ones. They come
   * only after `started` and before `ended`, and fewer than asked for when there is much else to recognise.
   */
  | { readonly type: 'partial'; readonly text: string; readonly offset: number }
  /** The pause was long enough; `offset` is where the speech ended. */
  | { readonly type: 'ended'; readonly offset: number }
  /** The words of the utterance that ended; empty when it was no speech or words cannot be recognised. One follows each `ended`. */
  | { readonly type: 'heard'; readonly text: string; readonly offset: number };

export interface Recogniser {
  /** PCM16 mono at 16 kHz, any length. The array is the recogniser's from now on. */
  push(samples: Int16Array): void;
  /** Manual detection: an utterance begins, or ends, here, whatever the detector says. */
  begin(): void;
  end(): void;
  close(): void;
}

export interface Speech {
  /** Whether words can be recognised; if not, only that somebody spoke. */
  readonly recognises: boolean;
  /** `manual` turns the detector off: only begin() and end() delimit utterances. */
  openRecogniser(
    options: RecogniserOptions & { readonly manual: boolean },
    listener: (event: RecogniserEvent) => void,
  ): Recogniser;
  /** Speaks a text; each segment is PCM16 mono at 24 kHz and owns its buffer. Ends early when aborted. */
  say(text: string, voice: string, signal: AbortSignal): AsyncIterable<Int16Array>;
  close(): Promise<void>;
}
