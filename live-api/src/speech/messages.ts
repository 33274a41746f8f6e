// What the speech threads and the server's thread say to each other. Arrays are transferred, never copied.
import type { ListeningOptions, Utterance } from './listening-ear.js';

/**
 * Finish what you are at and end. Threads are asked to because onnxruntime aborts the whole process when one is
 * terminated inside run().
 */
export interface Stop {
  readonly type: 'stop';
}

export type ToEars =
  | Stop
  | { readonly type: 'open'; readonly ear: number; readonly options: ListeningOptions }
  | { readonly type: 'audio'; readonly ear: number; readonly samples: Int16Array<ArrayBuffer> }
  | { readonly type: 'begin' | 'end' | 'close'; readonly ear: number };

export type FromEars =
  | { readonly type: 'ready' }
  | { readonly type: 'utterance'; readonly ear: number; readonly utterance: Utterance }
  | { readonly type: 'lost'; readonly ear: number; readonly ms: number };

/** Requests carry a number, which the answer to them carries, too. */
export type ToWords =
  | Stop
  | { readonly type: 'recognise'; readonly id: number; readonly samples: Float32Array<ArrayBuffer> }
  /** The same when nothing else is to be recognised; given up, to be begun again, when something else comes. */
  | { readonly type: 'glance'; readonly id: number; readonly samples: Float32Array<ArrayBuffer> }
  | {
      readonly type: 'speak';
      readonly id: number;
      readonly text: string;
      readonly voice: string;
      /** Silence to put after it. */
      readonly pauseMs: number;
    }
  /** The answer is not wanted any more. */
  | { readonly type: 'drop'; readonly id: number };

export type FromWords =
  /** `problem`: why words cannot be recognised; absent when they can. */
  | { readonly type: 'ready'; readonly problem?: string }
  | { readonly type: 'recognised'; readonly id: number; readonly text: string }
  | { readonly type: 'spoken'; readonly id: number; readonly samples: Int16Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };

export interface ThreadData {
  readonly gate: Int32Array<SharedArrayBuffer>;
}

export interface WordsThreadData extends ThreadData {
  /** Folder of the recognition model. */
  readonly modelDir: string | undefined;
}
