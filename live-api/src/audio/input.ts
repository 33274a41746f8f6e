// Reads a client's audio and resamples it to the recogniser's rate.
import { INPUT_RATE } from '../speech/port.js';
import type { Media } from '../wire/client-message.js';
import { refusals } from '../wire/refusal.js';
import { Resampler } from './resampler.js';

const MIN_RATE = 4_000;
const MAX_RATE = 192_000;

/** The rate that a mime type declares; the service takes audio without one for 16 kHz. */
export function declaredRate(mimeType: string | undefined): number {
  const [type, ...parameters] = (mimeType ?? 'audio/pcm').toLowerCase().split(';');
  if (type?.trim() !== 'audio/pcm' && type?.trim() !== 'audio/l16') throw refusals.invalidArgument();
  const rate = parameters.map((parameter) => /^\s*rate=(\d+)\s*$/.exec(parameter)?.[1]).find(Boolean);
  if (rate === undefined) return INPUT_RATE;
  const value = Number(rate);
  if (value < MIN_RATE || value > MAX_RATE) throw refusals.invalidArgument();
  return value;
}

export class AudioInput {
  #mimeType: string | undefined;
  #rate = INPUT_RATE;
  #resampler: Resampler | undefined;

  /** PCM16 at 16 kHz that owns its buffer. A last odd byte is left out. */
  read(media: Media): Int16Array {
    if (media.mimeType !== this.#mimeType) this.#setRate(declaredRate(media.mimeType));
    this.#mimeType = media.mimeType;
    const data = media.data ?? '';
    const samples = new Int16Array(Buffer.byteLength(data, 'base64') >> 1);
    Buffer.from(samples.buffer).write(data, 'base64');
    return this.#resampler ? this.#resampler.process(samples) : samples;
  }

  #setRate(rate: number): void {
    if (rate === this.#rate) return;
    this.#rate = rate;
    this.#resampler = rate === INPUT_RATE ? undefined : new Resampler(rate, INPUT_RATE);
  }
}
