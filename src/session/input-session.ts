// The half of a ModelSession that only puts what is to be said to the model into one kind of message.
import { isVoiced, type PcmChunk } from '../audio/pcm.js';
import type { Content, Jpeg } from './port.js';
import type { Input } from './wire.js';

export abstract class InputSession {
  readonly #takesStreamEnd: boolean;

  constructor(takesStreamEnd: boolean) {
    this.#takesStreamEnd = takesStreamEnd;
  }

  sendAudio(chunk: PcmChunk): void {
    this.send({ type: 'audio', chunk, voiced: isVoiced(chunk) });
  }

  endAudio(): void {
    if (this.#takesStreamEnd) this.send({ type: 'stream-end' });
  }

  startActivity(): void {
    this.send({ type: 'activity-start' });
  }

  endActivity(): void {
    this.send({ type: 'activity-end' });
  }

  sendImage(image: Jpeg): void {
    this.send({ type: 'image', image });
  }

  sendText(text: string): void {
    this.send({ type: 'text', text });
  }

  sendContext(turns: readonly Content[], turnComplete: boolean): void {
    this.send({ type: 'context', turns, turnComplete });
  }

  protected abstract send(input: Input): void;
}
