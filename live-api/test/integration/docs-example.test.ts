// The example in docs/live-api.md is a test of somebody else's project: it runs there as it stands, with Node's own runner.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(root, 'docs/live-api.md'), 'utf8');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'other-project-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a test file as a user would; vitest's own variables would make Node's runner silent. */
async function run(code: string): Promise<string> {
  writeFileSync(join(folder, 'weather.test.mjs'), code);
  const env = { PATH: process.env.PATH ?? '' };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--test', '--test-reporter=tap', 'weather.test.mjs'],
    { cwd: folder, env },
  ).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error) }));
  return stdout;
}

it('the example passes, and fails when the answer is not what it expects', async () => {
  const [, code = ''] = /^```js\n(\/\/ weather\.test\.mjs[\s\S]*?)^```$/m.exec(page) ?? [];
  expect(code).toContain('startLiveApi');
  const output = await run(code);
  expect(output).toMatch(/^# pass 1$/m);
  expect(output).toMatch(/^# fail 0$/m);
  expect(await run(code.replaceAll('umbrella/', 'parasol/'))).toMatch(/^# fail 1$/m);
});
