// The program of docs/live-api/go.md, with Google's SDK from the Go module proxy, against this server.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runProgram, startSampleServer } from './server.js';

const SDK = 'google.golang.org/genai@v1.77.0';
const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(root, '.cache', 'samples', 'go');
const program = join(folder, process.platform === 'win32' ? 'hello.exe' : 'hello');

/** Builds the page's program at another address. */
function build(url: string): void {
  const page = readFileSync(join(root, 'docs/live-api/go.md'), 'utf8');
  const [, code = ''] = /^```go\n(\/\/ main\.go[\s\S]*?)^```$/m.exec(page) ?? [];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'main.go'), code.replace('ws://127.0.0.1:8790', url.replace('http', 'ws')));
  writeFileSync(join(folder, 'go.mod'), 'module hello\n');
  for (const args of [
    ['get', SDK],
    ['build', '-o', program, '.'],
  ]) {
    const { status, stderr, error } = spawnSync('go', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0)
      throw new Error(
        `the sample in Go needs Go 1.24 or newer (https://go.dev/dl) on PATH, and a Go module proxy. ` +
          `This failed: go ${args.join(' ')}\n${error?.message ?? stderr}`,
      );
  }
}

it('the program of docs/live-api/go.md is answered', async () => {
  await using server = await startSampleServer();
  build(server.url);
  expect(await runProgram(program, [])).toBe('7 times 6 makes 42.\n');
}, 300_000);
