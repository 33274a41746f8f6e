// The messages between a process and its thread of voice activity detection.

export type ToSilero =
  | { readonly type: 'window'; readonly detector: number; readonly samples: Int16Array<ArrayBuffer> }
  | { readonly type: 'closed'; readonly detector: number };

export type FromSilero =
  | { readonly type: 'ready' }
  /** One result for each window, in the order in which the windows of a detector were sent. */
  | { readonly type: 'windows'; readonly detectors: readonly number[]; readonly probabilities: Float32Array };

/** Shared memory: [whether the model runs, whether the process ends]. */
export const RUNNING = 0;
export const ENDING = 1;
export interface SileroData {
  readonly modelPath: string;
  readonly gate: Int32Array<SharedArrayBuffer>;
}
