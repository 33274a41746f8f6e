// The test that a process which holds one call after the other keeps nothing of them, for as many calls as there is time for.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leftObjects, type Remains, runCalls } from './call-series.js';
import { type LiveKitServer, startLivekitServer } from './livekit-server.js';
import { leastSquares } from './slope.js';

/** Calls until everything that is loaded, compiled or pooled once has been. */
const WARM_UP = 10;

interface LiveApiProcess {
  readonly url: string;
  readonly process: ChildProcess;
}

/** Registers the test, with its servers. */
export function testLeaks(calls: number): void {
  // What the noise of the heap's size may look like as a slope over so many calls.
  const heapBytesACall = calls >= 100 ? 8_000 : 30_000;
  let livekit: LiveKitServer;
  let liveApi: LiveApiProcess;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leaks-'));
    [livekit, liveApi] = await Promise.all([
      // What it logs is kept by this process, and would count.
      startLivekitServer({ config: { logging: { level: 'error' } } }),
      startLiveApiProcess(folder),
    ]);
  });

  afterAll(async () => {
    liveApi?.process.kill('SIGKILL');
    await livekit?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test(
    `${calls} calls in one process leave no handles, listeners, sockets, timers or heap behind`,
    async () => {
      const remains = await runCalls({ livekit, liveApi, calls });
      const objects = leftObjects();
      const warm = remains.slice(WARM_UP);
      console.log(summary(warm));
      for (const kind of new Set(warm.flatMap(({ resources }) => Object.keys(resources)))) {
        const counts = warm.map(({ resources }) => resources[kind] ?? 0);
        expect(Math.abs(slope(counts)), `${kind}: ${counts.join(' ')}`).toBeLessThan(0.05);
      }
      for (const kind of ['nativeListeners', 'processListeners'] as const) {
        expect(new Set(warm.map((after) => after[kind])), kind).toEqual(new Set([warm[0]?.[kind]]));
      }
      expect(slope(warm.map(({ heapBytes }) => heapBytes))).toBeLessThan(heapBytesACall);
      // Of the last call a frame on the stack may still hold something.
      for (const [name, count] of Object.entries(objects)) expect(count, name).toBeLessThanOrEqual(2);
    },
    30_000 + calls * 8_000,
  );
}

async function startLiveApiProcess(folder: string): Promise<LiveApiProcess> {
  const scenario = join(folder, 'scenario.json');
  await writeFile(scenario, JSON.stringify({ rules: [{ when: { text: '.' }, do: [{ say: 'Well.' }] }] }));
  const main = fileURLToPath(new URL('main.js', import.meta.resolve('@gemini-room-agent/live-api')));
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, LIVE_API_PORT: '0', LIVE_API_SPEECH: 'tones', LIVE_API_SCENARIO: scenario },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  child.stdout.setEncoding('utf8');
  for (let said = ''; ; ) {
    const [text] = (await once(child.stdout, 'data')) as [string];
    said += text;
    const url = /listening on (http:\S+)/.exec(said)?.[1];
    if (url) return { url, process: child };
  }
}

/** How much a value rises from one call to the next. */
function slope(values: readonly number[]): number {
  return leastSquares(values).slope;
}

function summary(warm: readonly Remains[]): string {
  const perCall = (of: (remains: Remains) => number): string =>
    `${(slope(warm.map(of)) / 1024).toFixed(1)} KiB a call`;
  const mebibytes = (remains: Remains | undefined): number =>
    Math.round((remains?.nativeBytes ?? 0) / 2 ** 20);
  return [
    `over ${warm.length} calls: JavaScript heap ${perCall(({ heapBytes }) => heapBytes)}`,
    `native memory ${perCall(({ nativeBytes }) => nativeBytes)}`,
    `(${mebibytes(warm[0])} to ${mebibytes(warm.at(-1))} MiB)`,
  ].join(', ');
}
