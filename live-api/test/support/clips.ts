// The recorded speech of the fixtures, and where the recognition model is.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const modelDir = fileURLToPath(new URL('../../../.cache/models/moonshine-tiny-en', import.meta.url));

const WAV_HEADER_BYTES = 44;

/** The samples of a clip, PCM16 mono at 16 kHz. */
export async function readClip(name: string): Promise<Int16Array> {
  const file = await readFile(new URL(`../fixtures/${name}`, import.meta.url));
  const samples = new Int16Array((file.length - WAV_HEADER_BYTES) >> 1);
  for (let n = 0; n < samples.length; n++) samples[n] = file.readInt16LE(WAV_HEADER_BYTES + 2 * n);
  return samples;
}
