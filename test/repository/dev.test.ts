// `npm run dev` with real processes: what is changed is built, and a new worker takes the place of the running one.
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { rootFolder } from '../../scripts/setup/paths.mjs';
import { isAlive, makeClone, type Run, runIn, standIn } from './clone.js';

/** The worker of the clone, which stays for a minute after the first signal to end, as one with a call does, and ends at the second. */
const worker = (version: string) =>
  `// @ts-nocheck
  console.log('version ${version}');
  ${standIn('AGENT_PORT', 60_000)}
  process.once('SIGTERM', () => process.once('SIGTERM', () => process.exit(0)));`;

async function makeSources() {
  const clone = await makeClone();
  const compilerOptions = { rootDir: '.', outDir: 'dist', module: 'NodeNext', target: 'ES2022', types: [] };
  clone.write('tsconfig.build.json', JSON.stringify({ compilerOptions, include: ['agent', 'web/server'] }));
  for (const input of ['tsconfig.base.json', 'package-lock.json']) clone.write(input, '{}');
  clone.write('web/server/main.ts', `// @ts-nocheck\n${standIn('WEB_PORT', 0)}`);
  clone.write('agent/main.ts', worker('one'));
  clone.write('dist/agent/main.js', worker('one'));
  clone.write('profile.json', '{}');
  symlinkSync(join(rootFolder, 'node_modules'), join(clone.folder, 'node_modules'));
  return clone;
}

/** The processes of the workers, oldest first. */
const workersOf = (run: Run): number[] =>
  [...run.output().matchAll(/agent +\| pids (\d+)/g)].map(([, pid]) => Number(pid));

test('a changed source is built; the new worker is ready before the old one gets the signal to end, and the old one is not cut', async () => {
  using clone = await makeSources();
  await using run = runIn(clone, ['scripts/start.mjs', '--watch'], { AGENT_PROFILE: 'profile.json' });
  await run.until('dev: watching');

  clone.write('agent/main.ts', worker('two'));
  await run.until(/agent +\| told to end/);
  expect(run.output().indexOf('version two')).toBeLessThan(run.output().indexOf('told to end'));
  const [first = 0, second = 0] = workersOf(run);
  expect(second).toBeGreaterThan(0);
  expect([first, second].map(isAlive)).toEqual([true, true]);

  clone.write('agent/other.ts', 'const wrong: number = "text";');
  await run.until(/agent\/other\.ts\(1,7\).*\n+dev: agent does not compile.* The worker that runs stays/);
  clone.write('agent/other.ts', 'export {};');
  clone.write('agent/main.ts', '// @ts-nocheck\nprocess.exit(3);');
  await run.until('dev: the new worker ended with code 3. The worker that runs stays');
  expect(isAlive(second)).toBe(true);

  clone.write('agent/main.ts', worker('two'));
  await vi.waitFor(() => expect(workersOf(run)).toHaveLength(3), { timeout: 30_000 });
  clone.write('profile.json', '{ "voice": "Kore" }');
  await vi.waitFor(() => expect(workersOf(run)).toHaveLength(4), { timeout: 30_000 });
  const all = run.pids();
  run.process.kill('SIGTERM');
  expect(await run.exit).toBe(0);
  await vi.waitFor(() => expect(all.filter(isAlive)).toEqual([]), { timeout: 10_000 });
}, 120_000);
