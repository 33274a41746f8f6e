// One session's ear: samples to the ears thread, utterances back from it, their words from the words thread.
import type { Utterance } from './listening-ear.js';
import type { ToEars } from './messages.js';
import { PartialWords } from './partial-words.js';
import type { Ear, EarEvent } from './port.js';

export interface EarParts {
  readonly id: number;
  /** To the ears thread. */
  post(message: ToEars, transfer?: readonly ArrayBuffer[]): void;
  /** Words of a piece of sound; absent when words cannot be recognised. */
  readonly recognise:
    | ((samples: Float32Array<ArrayBuffer>, signal: AbortSignal) => Promise<string>)
    | undefined;
  /** The same when there is nothing more urgent; undefined when it could not be done. */
  readonly glance?: (samples: Float32Array<ArrayBuffer>, signal: AbortSignal) => Promise<string | undefined>;
  listener(event: EarEvent): void;
  /** The words of an utterance could not be had. */
  failed(error: unknown): void;
  closed(): void;
}

export class OfflineEar implements Ear {
  readonly #parts: EarParts;
  readonly #closing = new AbortController();
  /** The words of the utterance that is going on, piece by piece. */
  #pieces: Promise<string>[] = [];
  readonly #partial: PartialWords | undefined;

  constructor(parts: EarParts) {
    this.#parts = parts;
    const { glance, listener } = parts;
    if (glance) {
      this.#partial = new PartialWords({
        recognise: glance,
        tell: (text, offset) => listener({ type: 'partial', text, offset }),
      });
    }
  }

  push(samples: Int16Array): void {
    if (this.#closing.signal.aborted || samples.length === 0) return;
    const own = ownBuffer(samples);
    this.#parts.post({ type: 'audio', ear: this.#parts.id, samples: own }, [own.buffer]);
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
    this.#closing.abort(new Error('the ear is closed'));
    this.#partial?.reset();
    this.#parts.closed();
  }

  /** Takes what the ears thread heard. */
  take(utterance: Utterance): void {
    if (this.#closing.signal.aborted) return;
    switch (utterance.type) {
      case 'started':
        this.#parts.listener({ type: 'started', offset: utterance.offset });
        return;
      case 'partial':
        this.#partial?.look(utterance);
        return;
      case 'piece':
        this.#understand(utterance.samples);
        return;
      case 'ended':
        this.#partial?.reset();
        this.#understand(utterance.samples);
        this.#parts.listener({ type: 'ended', offset: utterance.offset });
        void this.#tellWords(utterance.offset);
    }
  }

  #mark(type: 'begin' | 'end' | 'close'): void {
    if (!this.#closing.signal.aborted) this.#parts.post({ type, ear: this.#parts.id });
  }

  #understand(samples: Float32Array<ArrayBuffer>): void {
    const { recognise } = this.#parts;
    if (!recognise || samples.length === 0) return;
    const words = recognise(samples, this.#closing.signal).catch((error: unknown) => {
      if (!this.#closing.signal.aborted) this.#parts.failed(error);
      return '';
    });
    this.#pieces.push(words);
  }

  /** The words thread answers in the order it was asked in, so utterances are told in theirs. */
  async #tellWords(offset: number): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = [];
    const texts = await Promise.all(pieces);
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
