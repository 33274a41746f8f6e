// The lock between two set-ups: one at a time, and a dead holder keeps nobody waiting.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lock, tryLock } from '../../scripts/setup/lock.mjs';
import { rootFolder } from '../../scripts/setup/paths.mjs';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'deep', 'setup.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a second holder learns who the first is, and gets the lock once it is released', async () => {
  const first = tryLock(path);
  expect(first.release).toBeDefined();
  expect(tryLock(path).heldBy?.pid).toBe(process.pid);
  const waited: number[] = [];
  const second = lock(path, ({ pid }) => waited.push(pid));
  first.release?.();
  (await second)();
  expect(waited).toEqual([process.pid]);
  expect(existsSync(path)).toBe(false);
});

test('the lock of a process that has ended is taken over', async () => {
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  tryLock(path).release?.();
  writeFileSync(path, JSON.stringify({ pid: dead.pid, host: hostname(), id: 'x' }));
  expect(tryLock(path).release).toBeDefined();
});

test('a lock that nobody has touched for long is taken over, though a process of that number lives', () => {
  tryLock(path).release?.();
  writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname(), id: 'x' }));
  expect(tryLock(path).heldBy?.pid).toBe(process.pid);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(path, longAgo, longAgo);
  expect(tryLock(path).release).toBeDefined();
});

test('a lock file with nonsense in it is taken over', () => {
  tryLock(path).release?.();
  writeFileSync(path, 'nonsense');
  expect(tryLock(path).release).toBeDefined();
});

test('releasing takes away only its own lock', () => {
  const first = tryLock(path);
  writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname(), id: 'another' }));
  first.release?.();
  expect(existsSync(path)).toBe(true);
});

test('of many processes, one at a time is inside', async () => {
  const log = join(folder, 'log');
  const program = `
    import { appendFileSync } from 'node:fs';
    import { setImmediate as turn } from 'node:timers/promises';
    import { lock } from ${JSON.stringify(join(rootFolder, 'scripts/setup/lock.mjs'))};
    const release = await lock(${JSON.stringify(path)}, () => {});
    appendFileSync(${JSON.stringify(log)}, 'in ');
    for (let n = 0; n < 50; n += 1) await turn();
    appendFileSync(${JSON.stringify(log)}, 'out ');
    release();`;
  const processes = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }),
  );
  const codes = await Promise.all(processes.map(async (child) => (await once(child, 'exit'))[0] as number));
  expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
  expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(6));
});
