// The messages between the speech threads and the server's thread. Arrays are transferred, never copied.
import type { Utterance, UtteranceDetectorOptions } from './utterance-detector.js';

/**
 * Ends the thread after the current run. Threads are asked to because onnxruntime aborts the whole process when one is
 * terminated inside run().
 */
export interface Stop {
  readonly type: 'stop';
}

export type ToDetection =
  | Stop
  | { readonly type: 'open'; readonly recogniser: number; readonly options: UtteranceDetectorOptions }
  | { readonly type: 'audio'; readonly recogniser: number; readonly samples: Int16Array<ArrayBuffer> }
  | { readonly type: 'begin' | 'end' | 'close'; readonly recogniser: number };

export type FromDetection =
  | { readonly type: 'ready' }
  | { readonly type: 'utterance'; readonly recogniser: number; readonly utterance: Utterance }
  | { readonly type: 'lost'; readonly recogniser: number; readonly ms: number };

/** Requests carry a number, which the answer to them carries, too. */
export type ToRecognition =
  | Stop
  | { readonly type: 'recognise'; readonly id: number; readonly samples: Float32Array<ArrayBuffer> }
  /** The same when nothing else is to be recognised; given up, to be begun again, when something else comes. */
  | { readonly type: 'recognise-partial'; readonly id: number; readonly samples: Float32Array<ArrayBuffer> }
  /** A whole utterance that has probably ended: before partial ones, and given up like them until it is urgent. */
  | { readonly type: 'recognise-early'; readonly id: number; readonly samples: Float32Array<ArrayBuffer> }
  /** It has ended. */
  | { readonly type: 'urgent'; readonly id: number }
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

export type FromRecognition =
  /** `problem`: why words cannot be recognised; absent when they can. */
  | { readonly type: 'ready'; readonly problem?: string }
  | { readonly type: 'recognised'; readonly id: number; readonly text: string }
  | { readonly type: 'spoken'; readonly id: number; readonly samples: Int16Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };

export interface ThreadData {
  readonly gate: Int32Array<SharedArrayBuffer>;
}

export interface RecognitionThreadData extends ThreadData {
  /** Folder of the recognition model. */
  readonly modelDir: string | undefined;
}
