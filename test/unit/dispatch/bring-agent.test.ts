// The agent is dispatched surely and once: again when a dispatch was lost, never while one may still work.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bringAgent, type JobProgress } from '../../../src/dispatch/bring-agent.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Attempt {
  /** After how long the agent of this dispatch is there; never where omitted. */
  readonly comesMs?: number;
  readonly progress?: JobProgress;
}

/** A server with a worker that treats each dispatch as given, the last value repeatedly. */
function server(attempts: readonly Attempt[], there = false) {
  const log: string[] = [];
  const alive = new Map<string, number>();
  let made = 0;
  const attempt = (id: string): Attempt => attempts[Math.min(Number(id), attempts.length) - 1] ?? {};
  const isThere = () => there || [...alive.values()].some((atMs) => performance.now() >= atMs);
  const dispatches = {
    create: async () => {
      const id = String(++made);
      alive.set(id, performance.now() + (attempt(id).comesMs ?? Number.POSITIVE_INFINITY));
      log.push(`create ${id}`);
      return id;
    },
    progress: async (id: string) => attempt(id).progress ?? 'none',
    remove: async (id: string) => {
      alive.delete(id);
      log.push(`remove ${id}`);
    },
  };
  const presence = {
    isThere: async () => isThere(),
    comes: async (ms: number) => {
      const endsMs = performance.now() + ms;
      while (!isThere() && performance.now() < endsMs) await vi.advanceTimersByTimeAsync(50);
      return isThere();
    },
  };
  const stop = new AbortController();
  const dispatched: string[] = [];
  const run = (totalMs = 15_000) =>
    bringAgent(dispatches, presence, {
      agentName: 'gemini',
      room: 'r',
      totalMs,
      attemptMs: 5000,
      signal: stop.signal,
      onDispatched: (id, number) => dispatched.push(`${id} ${number}`),
    });
  return { run, log, dispatched, stop };
}

test('an agent that is there is left alone', async () => {
  const { run, log } = server([], true);
  expect(await run()).toBe('present');
  expect(log).toEqual([]);
});

test('one dispatch is enough when a worker takes it', async () => {
  const { run, log, dispatched } = server([{ comesMs: 600 }]);
  expect(await run()).toBe('joined');
  expect(log).toEqual(['create 1']);
  expect(dispatched).toEqual(['1 1']);
});

test('a lost dispatch is made again; the server may still launch the one before, which stays', async () => {
  const { run, log, dispatched } = server([{}, { progress: 'waiting' }, { comesMs: 300 }]);
  expect(await run()).toBe('joined');
  expect(log).toEqual(['create 1', 'create 2', 'create 3']);
  expect(dispatched).toEqual(['1 1', '2 2', '3 3']);
});

test('a job that runs is waited for, however slow its agent is', async () => {
  const { run, log } = server([{ comesMs: 12_000, progress: 'running' }]);
  expect(await run()).toBe('joined');
  expect(log).toEqual(['create 1']);
});

test('without a worker it ends in time, and leaves no dispatch behind', async () => {
  const { run, log } = server([{}]);
  const startedMs = performance.now();
  await expect(run(12_000)).rejects.toThrow(
    'no agent "gemini" came into room r within 12 s: is a worker with this AGENT_NAME running',
  );
  expect(performance.now() - startedMs).toBeLessThanOrEqual(12_100);
  expect(log).toEqual(['create 1', 'create 2', 'create 3', 'remove 1', 'remove 2', 'remove 3']);
});

test('a job that ends without an agent points at the worker', async () => {
  const { run } = server([{ progress: 'ended' }]);
  await expect(run()).rejects.toThrow(
    'a worker took the job, but no agent "gemini" stayed in room r within 15 s: look at the worker\'s log',
  );
});

test('an abort ends it with its reason', async () => {
  const { run, stop } = server([{}]);
  stop.abort(new Error('interrupted'));
  await expect(run()).rejects.toThrow('interrupted');
});
