// Set-up without a network: each download that fails is reported in one line, and leaves nothing behind.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { unreachable } from '../../live-api/setup/network.mjs';
import { provideSpeechModel } from '../../live-api/setup/speech-model.mjs';
import { provideLivekitServer } from '../../scripts/setup/livekit-server.mjs';
import { lineOf } from '../../scripts/setup/setup-error.mjs';
import { type Clone, makeClone, runIn } from './clone.js';

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A command that fails with these words, found before the real one. */
function standIn(clone: Clone, name: string, words: string): void {
  clone.write(
    `bin/${name}`,
    `#!/bin/sh\nwhile IFS= read -r line; do echo "$line"; done <<'WORDS'\n${words}\nWORDS\nexit 1\n`,
    0o755,
  );
  vi.stubEnv('PATH', `${join(clone.folder, 'bin')}:${process.env.PATH}`);
}

test('packages: the registry is named, without the password in its address', async () => {
  using clone = await makeClone({ livekit: false });
  const dependencies = { zod: '4.0.0' };
  const root = { name: 'clone', version: '1.0.0', dependencies };
  const zod = { version: '4.0.0', resolved: 'http://127.0.0.1:9/zod.tgz', integrity: 'sha512-YQ==' };
  const packages = { '': root, 'node_modules/zod': zod };
  clone.write('package.json', JSON.stringify({ ...root, type: 'module' }));
  clone.write('package-lock.json', JSON.stringify({ ...root, lockfileVersion: 3, packages }));
  await using run = runIn(clone, ['scripts/setup.mjs', '--modules'], {
    PATH: process.env.PATH ?? '',
    npm_config_registry: 'http://someone:secret@127.0.0.1:9',
    npm_config_cache: join(clone.folder, 'npm'),
    npm_config_userconfig: join(clone.folder, 'npmrc'),
  });
  expect(await run.exit).toBe(1);
  expect(run.output()).toBe(
    'setup: Installing packages (npm ci)\n' +
      'setup: npm cannot reach the package registry (127.0.0.1:9), so the packages are not installed. ' +
      'To fix it: connect to the network or correct `npm config get registry`, then run this again\n',
  );
  expect(existsSync(join(clone.folder, 'node_modules'))).toBe(false);
  expect(readdirSync(join(clone.folder, '.cache'))).toEqual([]);
});

test('the LiveKit server: the proxy is named, and the ways to do without', async () => {
  using clone = await makeClone({ livekit: false });
  const module = 'github.com/livekit/livekit-server/cmd/server';
  standIn(
    clone,
    'go',
    `go: ${module}@v1.13.5: Get "${NOWHERE}/${module}/@v/v1.13.5.info": dial tcp 127.0.0.1:9: connect: connection refused`,
  );
  const kept = join(clone.folder, '.cache/bin/livekit-server');
  const failure = await provideLivekitServer(
    { ...process.env, LIVEKIT_URL: '', PATH: join(clone.folder, 'bin') },
    kept,
    () => {},
  ).catch(lineOf);
  expect(failure).toBe(
    'Go cannot reach its module proxy (127.0.0.1:9), so there is no LiveKit server. To fix it: connect to the ' +
      'network or correct GOPROXY, then run this again; or put a livekit-server on PATH, or set LIVEKIT_URL to a ' +
      'deployment that you have',
  );
  expect(readdirSync(join(clone.folder, '.cache/bin'))).toEqual([]);
});

test('the speech model: set-up goes on, and says what will not work', async () => {
  using clone = await makeClone({ livekit: false });
  standIn(
    clone,
    'python3',
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('Failed to establish a new " +
      "connection: [Errno 111] Connection refused')': /moonshine-voice/\n" +
      'ERROR: Could not find a version that satisfies the requirement moonshine-voice==0.0.69 (from versions: none)',
  );
  const said: string[] = [];
  await provideSpeechModel(join(clone.folder, '.cache/models/tiny'), (line) => said.push(line));
  expect(said).toEqual([
    'Fetching the speech model of the local Live API (56 MB, once)',
    'The local Live API will not recognise words: pip cannot reach the package index to download ' +
      'moonshine-voice==0.0.69. To fix it: npm run setup',
  ]);
  expect(readdirSync(join(clone.folder, '.cache/models'))).toEqual([]);
});

test.each([
  ['npm error code ENOTFOUND\nnpm error request to https://r.example/zod failed', 'it (r.example)'],
  ['npm error code EAI_AGAIN', 'it'],
  ['go: dial tcp: lookup proxy.example on 127.0.0.53:53: no such host', 'it'],
  ['Temporary failure in name resolution', 'it'],
  ['npm error code E404\nnpm error 404 Not Found - GET https://r.example/zod', undefined],
  ['go: cannot write: no space left on device', undefined],
])('%s', (output, told) => {
  expect(unreachable(output, 'it')).toBe(told);
});
