// Writes mono PCM16 WAV files, whole or as the sound comes.
import { type FileHandle, open } from 'node:fs/promises';

const HEADER_BYTES = 44;
/** Written to the disk at once, so that 100 frames a second are not 100 writes. */
const BATCH_BYTES = 48_000;
/** Stands for "to the end of the file" until the size is known. */
const UNKNOWN_BYTES = 0xffff_ffff;

export function encodeWav(samples: Int16Array, rate: number): Buffer {
  const sound = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return Buffer.concat([header(rate, sound.length), sound]);
}

/**
 * A WAV file that grows. Until it is closed its header says "to the end of the file",
 * so that what was written can be played even if the process dies.
 */
export class WavWriter {
  readonly #file: FileHandle;
  readonly #rate: number;
  readonly #batch = Buffer.allocUnsafe(BATCH_BYTES);
  #batched = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;
  #closed = false;
  #samples = 0;

  private constructor(file: FileHandle, rate: number) {
    this.#file = file;
    this.#rate = rate;
  }

  /** @throws the file system's error when the file cannot be written */
  static async create(path: string, rate: number): Promise<WavWriter> {
    const file = await open(path, 'w');
    try {
      await file.write(header(rate, UNKNOWN_BYTES));
    } catch (error) {
      await file.close();
      throw error;
    }
    return new WavWriter(file, rate);
  }

  /** Samples taken so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Takes samples; they reach the disk later, and an error of the disk comes out of `close()`. */
  write(samples: Int16Array): void {
    if (this.#closed) return;
    this.#samples += samples.length;
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    for (let from = 0; from < bytes.length; ) {
      const taken = bytes.copy(this.#batch, this.#batched, from);
      from += taken;
      this.#batched += taken;
      if (this.#batched === BATCH_BYTES) this.#flush();
    }
  }

  /**
   * Writes the rest and the true header.
   *
   * @param keepSamples samples to keep from the start; all where omitted
   * @throws the first error that the file system gave
   */
  async close(keepSamples = this.#samples): Promise<void> {
    if (this.#closed) return this.#writing;
    this.#closed = true;
    this.#flush();
    this.#writing = this.#writing.then(async () => {
      const bytes = Math.min(keepSamples, this.#samples) * 2;
      try {
        if (this.#failure) throw this.#failure;
        await this.#file.truncate(HEADER_BYTES + bytes);
        await this.#file.write(header(this.#rate, bytes), 0, HEADER_BYTES, 0);
      } finally {
        await this.#file.close();
      }
    });
    return this.#writing;
  }

  #flush(): void {
    if (this.#batched === 0) return;
    const bytes = Buffer.from(this.#batch.subarray(0, this.#batched));
    this.#batched = 0;
    this.#writing = this.#writing.then(async () => {
      if (this.#failure) return;
      try {
        await this.#file.appendFile(bytes);
      } catch (error) {
        this.#failure = error;
      }
    });
  }
}

function header(rate: number, soundBytes: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(Math.min(UNKNOWN_BYTES, soundBytes + HEADER_BYTES - 8), 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(soundBytes, 40);
  return bytes;
}
