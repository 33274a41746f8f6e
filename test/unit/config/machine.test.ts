// The CPU limit of a container, as both versions of cgroups state it.
import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { cpuQuota, thisMachine } from '../../../src/config/machine.js';

const within = (files: Readonly<Record<string, string>>) => cpuQuota((path) => files[path]);

describe('the CPU limit of this process', () => {
  test('is none where nothing states one', () => {
    expect(within({})).toBeUndefined();
    expect(
      within({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }),
    ).toBeUndefined();
    expect(
      within({
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      }),
    ).toBeUndefined();
  });

  test('is that of a container', () => {
    expect(within({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '150000 100000\n' })).toBe(1.5);
  });

  test('is the lowest of the groups above a service, its own included', () => {
    const service = (own: string, slice: string) =>
      within({
        '/proc/self/cgroup': '12:cpu:/other\n0::/agents.slice/worker.service\n',
        '/sys/fs/cgroup/agents.slice/worker.service/cpu.max': own,
        '/sys/fs/cgroup/agents.slice/cpu.max': slice,
      });
    expect(service('400000 100000', '200000 100000')).toBe(2);
    expect(service('100000 100000', 'max 100000')).toBe(1);
  });

  test('is that of a container under the first version', () => {
    expect(
      within({
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '250000\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      }),
    ).toBe(2.5);
  });

  test('is ignored where it makes no sense', () => {
    for (const text of ['', 'nonsense', '0 0', '-5 100000'])
      expect(within({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': text }), text).toBeUndefined();
  });
});

test('a machine has no more cores than the system gives this process', () => {
  const { cores, totalMemoryBytes } = thisMachine();
  expect(cores).toBeGreaterThan(0);
  expect(cores).toBeLessThanOrEqual(availableParallelism());
  expect(totalMemoryBytes).toBeGreaterThan(64 * 1024 * 1024);
});
