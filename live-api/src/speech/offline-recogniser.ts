// One session's recogniser: samples to the detection thread, utterances back, their words from the recognition thread.

import type { ToDetection } from './messages.js';
import { PartialWords } from './partial-words.js';
import type { Recogniser, RecogniserEvent } from './port.js';
import type { Utterance } from './utterance-detector.js';

export interface EarlyWords {
  readonly words: Promise<string>;
  /** The utterance has ended indeed. */
  urgent(): void;
}

export interface OfflineRecogniserPort {
  readonly id: number;
  /** To the detection thread. */
  post(message: ToDetection, transfer?: readonly ArrayBuffer[]): void;
  /** Words of a segment of sound; absent when words cannot be recognised. */
  readonly recognise:
    | ((samples: Float32Array<ArrayBuffer>, signal: AbortSignal) => Promise<string>)
    | undefined;
  /** The same for an utterance that has probably ended: that of others comes first. Present where `recognise` is. */
  readonly recogniseEarly?: (samples: Float32Array<ArrayBuffer>, signal: AbortSignal) => EarlyWords;
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
  /** The words of an utterance that is expected to end. */
  #early: (EarlyWords & { readonly abort: AbortController }) | undefined;

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
    this.#abandonEarly();
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
      case 'expected':
        this.#expect(utterance.samples);
        return;
      case 'ended':
        this.#partial?.reset();
        if (utterance.expected) this.#takeEarly();
        else {
          this.#abandonEarly();
          this.#understand(utterance.samples);
        }
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
    this.#join(recognise(samples, this.#closing.signal));
  }

  #join(words: Promise<string>): void {
    const known = words.catch((error: unknown) => {
      if (!this.#closing.signal.aborted) this.#parts.failed(error);
      return '';
    });
    this.#segments.push(known);
  }

  #expect(samples: Float32Array<ArrayBuffer>): void {
    this.#abandonEarly();
    const abort = new AbortController();
    const early = this.#parts.recogniseEarly?.(samples, abort.signal);
    // It is awaited when the utterance has ended, or never: in between, a failure must not count as unhandled.
    early?.words.catch(() => undefined);
    this.#early = early && { words: early.words, urgent: () => early.urgent(), abort };
  }

  #takeEarly(): void {
    const early = this.#early;
    if (!early) return;
    this.#early = undefined;
    early.urgent();
    const { signal } = this.#closing;
    const stop = () => early.abort.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    this.#join(early.words.finally(() => signal.removeEventListener('abort', stop)));
  }

  /** The person has gone on to speak. */
  #abandonEarly(): void {
    this.#early?.abort.abort(new Error('the utterance goes on'));
    this.#early = undefined;
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
