// PCM16 mono audio that owns its memory, and its base64 form on the wire.

/**
 * Mono PCM16 audio.
 *
 * `samples` always starts at offset 0 of a buffer of its own: rtc-node reads an
 * AudioFrame from the start of the underlying ArrayBuffer and ignores byteOffset,
 * so a subarray would play the wrong samples.
 */
export interface PcmChunk {
  readonly samples: Int16Array;
  /** Samples a second. */
  readonly rate: number;
}

export const INPUT_RATE = 16_000;
/** Length of a frame of a microphone. */
export const INPUT_FRAME_MS = 20;
export const OUTPUT_RATE = 24_000;

/** 20 ms of silence at the input rate. Shared: never write to it. */
export const SILENT_FRAME: PcmChunk = {
  samples: new Int16Array((INPUT_RATE * INPUT_FRAME_MS) / 1000),
  rate: INPUT_RATE,
};

/** Decodes little-endian PCM16; an odd last byte is dropped. */
export function pcmFromBase64(base64: string, rate: number): PcmChunk {
  const bytes = Buffer.from(base64, 'base64');
  const samples = new Int16Array(bytes.length >> 1);
  // Small Buffers come from a shared pool at any offset, odd ones too, so copy once into an aligned array.
  Buffer.from(samples.buffer).set(bytes.subarray(0, samples.byteLength));
  return { samples, rate };
}

export function pcmToBase64(chunk: PcmChunk): string {
  const { buffer, byteOffset, byteLength } = chunk.samples;
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** The parts one after the other, in an array of its own. */
export function joinSamples(parts: readonly Int16Array[]): Int16Array {
  const samples = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}

export function durationMs(chunk: PcmChunk): number {
  return (chunk.samples.length / chunk.rate) * 1000;
}

/** Mean amplitude: well below a soft voice, above the noise of a muted or idle microphone. */
const VOICE_LEVEL = 90;

/** Mean amplitude, 0 to 32768, over every sample: taking every fourth reads a 2 kHz tone as silence. */
export function levelOf({ samples }: PcmChunk): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i += 1) sum += Math.abs(samples[i] ?? 0);
  return samples.length === 0 ? 0 : sum / samples.length;
}

export function isVoice(level: number): boolean {
  return level > VOICE_LEVEL;
}

export function isVoiced(chunk: PcmChunk): boolean {
  return isVoice(levelOf(chunk));
}

/** The sample rate in a MIME type such as `audio/pcm;rate=24000`; the output rate where none is given. */
export function rateOfMimeType(mimeType: string | undefined): number {
  const rate = Number(/;\s*rate=(\d+)/.exec(mimeType ?? '')?.[1]);
  return rate > 0 ? rate : OUTPUT_RATE;
}
