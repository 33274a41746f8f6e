// The recorded speech and noise of the tests, and what is said in it.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseWav, type Wav } from '../../cli/wav.js';

/** What is said in each; noise says nothing. */
export const SAID = {
  jfk: 'And so, my fellow Americans: ask not what your country can do for you, ask what you can do for your country.',
  goforward: 'go forward ten meters',
  'noise-keyboard': '',
  'noise-office': '',
} as const;

export type Fixture = keyof typeof SAID | 'ss0870' | 'ss0880' | 'card001';

export function fixturePath(name: Fixture): string {
  return fileURLToPath(new URL(`../../live-api/test/fixtures/${name}.wav`, import.meta.url));
}

export async function readFixture(name: Fixture): Promise<Wav> {
  return parseWav(await readFile(fixturePath(name)), `${name}.wav`);
}
