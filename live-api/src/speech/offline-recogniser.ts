// One session's recogniser: samples to the detection thread, utterances back, their words from the recognition thread.

import type { ToDetection } from './messages.js';
import { PartialWords } from './partial-words.js';
import type { Recogniser, RecogniserEvent } from './port.js';
import type { Utterance } from './utterance-detector.js';

export interface OfflineRecogniserPort {
  readonly id: number;
  /** To the detection thread. */
  post(message: ToDetection, transfer?: readonly ArrayBuffer[]): void;
  /** Words of a segment of sound; absent when words cannot be recognised. */
  readonly recognise:
    | ((samples: Float32Array<ArrayBuffer>, signal: AbortSignal) => Promise<string>)
    | undefined;
  /** The same when there is nothing more urgent; undefined when it could not be done. */
  readonly recognisePartial?: (
    samples: Float32Array<ArrayBuffer>,
    signal: AbortSignal,
  ) => Promise<string | undefined>;
  listener(event: RecogniserEvent): void;
  /** The words of an utterance could not be had. */
  failed(error: unknown): void;
  closed(): void;
}

export class OfflineRecogniser implements Recogniser {
  readonly #parts: OfflineRecogniserPort;
  readonly #closing = new AbortController();
  /** The words of the utterance that is going on, segment by segment. */
  #segments: Promise<string>[] = [];
  readonly #partial: PartialWords | undefined;

  constructor(parts: OfflineRecogniserPort) {
    this.#parts = parts;
    const { recognisePartial, listener } = parts;
    if (recognisePartial) {
      this.#partial = new PartialWords({
        recognise: recognisePartial,
        emit: (text, offset) => listener({ type: 'partial', text, offset }),
      });
    }
  }

  push(samples: Int16Array): void {
    if (this.#closing.signal.aborted || samples.length === 0) return;
    const own = ownBuffer(samples);
    this.#parts.post({ type: 'audio', recogniser: this.#parts.id, samples: own }, [own.buffer]);
  }

  begin(): void {
    this.#mark('begin');
  }

  end(): void {
    this.#mark('end');
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#mark('close');
    this.#closing.abort(new Error('the recogniser is closed'));
    this.#partial?.reset();
    this.#parts.closed();
  }

  /** Takes an utterance from the detection thread. */
  take(utterance: Utterance): void {
    if (this.#closing.signal.aborted) return;
    switch (utterance.type) {
      case 'started':
        this.#parts.listener({ type: 'started', offset: utterance.offset });
        return;
      case 'partial':
        this.#partial?.look(utterance);
        return;
      case 'segment':
        this.#understand(utterance.samples);
        return;
      case 'ended':
        this.#partial?.reset();
        this.#understand(utterance.samples);
        this.#parts.listener({ type: 'ended', offset: utterance.offset });
        void this.#emitWords(utterance.offset);
    }
  }

  #mark(type: 'begin' | 'end' | 'close'): void {
    if (!this.#closing.signal.aborted) this.#parts.post({ type, recogniser: this.#parts.id });
  }

  #understand(samples: Float32Array<ArrayBuffer>): void {
    const { recognise } = this.#parts;
    if (!recognise || samples.length === 0) return;
    const words = recognise(samples, this.#closing.signal).catch((error: unknown) => {
      if (!this.#closing.signal.aborted) this.#parts.failed(error);
      return '';
    });
    this.#segments.push(words);
  }

  /** The recognition thread answers in the order of its requests, so the results keep the order of the utterances. */
  async #emitWords(offset: number): Promise<void> {
    const segments = this.#segments;
    this.#segments = [];
    const texts = await Promise.all(segments);
    if (this.#closing.signal.aborted) return;
    this.#parts.listener({ type: 'heard', text: texts.filter((text) => text !== '').join(' '), offset });
  }
}

/** A part of a larger buffer (Node's pool of small ones, say) cannot be transferred without the rest. */
function ownBuffer(samples: Int16Array): Int16Array<ArrayBuffer> {
  const { buffer } = samples;
  return buffer instanceof ArrayBuffer && buffer.byteLength === samples.byteLength
    ? (samples as Int16Array<ArrayBuffer>)
    : samples.slice();
}
