// Timing of messages, as measured on gemini-3.8-live.

/** All in milliseconds, save `speedup`. */
export interface Pace {
  /** From the setup to setupComplete. */
  readonly setupMs: number;
  /** From setupComplete to the first sessionResumptionUpdate. */
  readonly resumptionMs: number;
  /** Between updates on models that send them all the time. */
  readonly resumptionEveryMs: number;
  /** From the end of the user's turn to the first of the answer, if the voice is ready by then. */
  readonly responseMs: number;
  /** From a tool's response to the first of what the model says to it. */
  readonly toolResponseMs: number;
  /** Duration of the first chunk of audio. */
  readonly firstChunkMs: number;
  /** How much faster than real time audio is sent. */
  readonly speedup: number;
  /** From the last chunk to generationComplete. */
  readonly generationCompleteMs: number;
  /** From `interrupted` to turnComplete. */
  readonly interruptedMs: number;
  /** From `turnComplete: true` in clientContent to the `interrupted` that it causes. */
  readonly contentInterruptMs: number;
  /** From a message that is refused to the close. */
  readonly refusalMs: number;
  /** From the setup to the close when a handle is refused. */
  readonly handleRefusalMs: number;
  /** Between two fragments of an answer in text. */
  readonly textMs: number;
  /** Speech between two interim transcripts. */
  readonly interimMs: number;
}

export const measuredPace: Pace = {
  setupMs: 260,
  resumptionMs: 110,
  resumptionEveryMs: 1000,
  responseMs: 250,
  toolResponseMs: 600,
  firstChunkMs: 100,
  speedup: 4,
  generationCompleteMs: 15,
  interruptedMs: 15,
  contentInterruptMs: 30,
  refusalMs: 44,
  handleRefusalMs: 600,
  textMs: 40,
  interimMs: 600,
};

/** For tests without timing: no delays; playback takes as long as the audio. */
export const promptPace: Pace = {
  ...measuredPace,
  setupMs: 0,
  resumptionMs: 0,
  responseMs: 0,
  toolResponseMs: 0,
  generationCompleteMs: 0,
  interruptedMs: 0,
  contentInterruptMs: 0,
  refusalMs: 0,
  handleRefusalMs: 0,
  textMs: 0,
};

export type PaceOption = 'measured' | 'prompt' | Partial<Pace>;

export function resolvePace(option: PaceOption = 'measured'): Pace {
  if (option === 'measured') return measuredPace;
  return option === 'prompt' ? promptPace : { ...measuredPace, ...option };
}
