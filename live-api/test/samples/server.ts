// The server that the samples run against, and what they send: speech recognition and voices as a user has them.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { openTls, startLiveApi } from '../../src/index.js';
import { readClip } from '../fixtures/clips.js';
import { speechModelDir } from '../fixtures/speech-model.js';

export interface SampleServer extends AsyncDisposable {
  readonly url: string;
  readonly tlsUrl: string;
  readonly authorityFile: string;
  /** Human speech as PCM16 at 16 kHz, with little silence at its end. */
  readonly clipFile: string;
  readonly imageFile: string;
}

/** What the clip says. */
export const CLIP_WORDS = 'Go forward ten meters.';

export async function startSampleServer(): Promise<SampleServer> {
  const folder = mkdtempSync(join(tmpdir(), 'live-api-samples-'));
  const tls = await openTls(folder);
  const clipFile = join(folder, 'clip.pcm');
  writeFileSync(clipFile, Buffer.from(readClip('goforward').buffer));
  const imageFile = join(folder, 'red.jpg');
  await sharp({ create: { width: 320, height: 240, channels: 3, background: '#d02020' } }).toFile(imageFile);
  const server = await startLiveApi({ tls, modelDir: speechModelDir() });
  return {
    url: server.url,
    tlsUrl: server.tlsUrl as string,
    authorityFile: tls.authorityFile,
    clipFile,
    imageFile,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What a program prints, which runs with these variables beside PATH alone. */
export async function runProgram(
  command: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { PATH: process.env.PATH, ...variables };
  return (await promisify(execFile)(command, [...args], { env, timeout: 280_000 })).stdout;
}
