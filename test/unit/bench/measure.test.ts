// Sums over /proc, over rounds and over profiles, and how rounds are spread.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { roundsOfSittings } from '../../../bench/src/compare.js';
import { cpuMsOf, pssOf, treeOf, useOf } from '../../../bench/src/measure/process-tree.js';
import { mean, median, p95 } from '../../../bench/src/measure/statistics.js';
import { byOwner, ownAllocations, ownTimes } from '../../../bench/src/profile/functions.js';

test('quantiles lie between the nearest ranks', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(p95(Array.from({ length: 101 }, (_, index) => index))).toBe(95);
  expect(mean([1, 2, 6])).toBe(3);
  expect(median([])).toBeNaN();
});

test('rounds are spread evenly over as few sittings as hold them', () => {
  expect(roundsOfSittings(60)).toEqual(Array(10).fill(6));
  expect(roundsOfSittings(1)).toEqual([1]);
  expect(roundsOfSittings(14, 6)).toEqual([5, 5, 4]);
});

describe('a process tree', () => {
  test('is a process and all its descendants, and nobody else', () => {
    const parentOf = new Map([
      [2, 1],
      [3, 2],
      [4, 3],
      [5, 1],
      [6, 4],
    ]);
    expect(treeOf(2, parentOf).sort()).toEqual([2, 3, 4, 6]);
  });

  test('a name with spaces and parentheses does not shift the fields', () => {
    const stat = '17 (a ) (b) 9 9) S 1 17 17 0 -1 4194560 9 9 9 9 150 50 20 10 20 0 12 0 100 1 1';
    expect(cpuMsOf(stat)).toBe(2_300);
  });

  test('PSS comes in bytes', () => {
    expect(
      pssOf('55d0-7ffc ---p 00000000 00:00 0 [rollup]\nRss:   9 kB\nPss:   2048 kB\nPss_Dirty: 1 kB\n'),
    ).toBe(2 * 2 ** 20);
  });

  test.runIf(process.platform === 'linux')('counts what a busy child has used', async () => {
    const child = spawn(process.execPath, [
      '-e',
      // CPU time, not wall time: on a busy machine a process gets only part of the latter.
      'const used = () => process.cpuUsage().user + process.cpuUsage().system; while (used() < 300_000); console.log("done"); setInterval(() => {}, 1000)',
    ]);
    try {
      await once(child.stdout, 'data');
      const own = useOf(child.pid ?? 0);
      expect(own.cpuMs).toBeGreaterThanOrEqual(200);
      expect(own.pssBytes).toBeGreaterThan(1e6);
      expect(useOf(process.pid).pids).toContain(child.pid);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('profiles', () => {
  const frame = (functionName: string, url: string, lineNumber = 0) => ({
    functionName,
    url,
    lineNumber,
    columnNumber: 0,
    scriptId: '1',
  });

  test('own time is summed by function, wherever it was called from', () => {
    const ours = frame('play', 'file:///x/bench/dist/src/audio/playout.js', 9);
    const theirs = frame('emit', 'file:///x/node_modules/@livekit/rtc-node/dist/src/room.cjs', 1);
    const times = ownTimes({
      nodes: [
        { id: 1, callFrame: frame('(root)', ''), hitCount: 0 },
        { id: 2, callFrame: ours, hitCount: 1 },
        { id: 3, callFrame: theirs, hitCount: 4 },
        { id: 4, callFrame: ours, hitCount: 2 },
        { id: 5, callFrame: frame('(idle)', ''), hitCount: 90 },
      ],
      startTime: 0,
      endTime: 5_000,
      // In one interval somebody else had the core.
      timeDeltas: [500, 490, 4_000, 510, 500],
    });
    expect(times).toEqual([
      {
        name: 'emit',
        at: '@livekit/rtc-node/dist/src/room.cjs:2',
        owner: '@livekit/rtc-node',
        isOurs: false,
        amount: 2_000,
      },
      {
        name: 'play',
        at: 'src/audio/playout.js:10',
        owner: 'gemini-room-agent',
        isOurs: true,
        amount: 1_500,
      },
    ]);
    expect([...byOwner([...times, ...times.slice(1)])]).toEqual([
      ['gemini-room-agent', 3_000],
      ['@livekit/rtc-node', 2_000],
    ]);
  });

  test('allocations are summed over the whole tree', () => {
    const node = (name: string, selfSize: number, children: object[] = []) => ({
      callFrame: frame(name, ''),
      selfSize,
      id: 1,
      children: children as never[],
    });
    const profiler = { ...node('post', 5_000), callFrame: frame('post', 'node:inspector') };
    const head = node('(root)', 0, [node('a', 100, [node('b', 7)]), node('b', 1, [node('a', 20)]), profiler]);
    expect(ownAllocations({ head }).map(({ name, amount }) => [name, amount])).toEqual([
      ['a', 120],
      ['b', 8],
    ]);
  });
});
