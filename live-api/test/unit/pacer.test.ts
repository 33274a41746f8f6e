// How a voice is sent: sizes and times of the chunks, late audio, stopping.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SharedClock } from '../../src/clock/clock.js';
import { Pacer } from '../../src/session/pacer.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function open() {
  const clock = new SharedClock((error) => {
    throw error;
  });
  const startMs = clock.now();
  const sent: { atMs: number; ms: number; first: number | undefined }[] = [];
  const pacer = new Pacer({
    clock,
    firstChunkMs: 100,
    chunkMs: 320,
    speedup: 4,
    send: (chunk) =>
      sent.push({ atMs: Math.round(clock.now() - startMs), ms: chunk.length / 24, first: chunk[0] }),
  });
  return { pacer, sent };
}

const ramp = (ms: number, from = 0) => Int16Array.from({ length: ms * 24 }, (_, n) => (from + n) % 32_000);

it('sends 100 ms at once, then 320 ms at four times real time, then what remains', async () => {
  const { pacer, sent } = open();
  pacer.push(ramp(1000));
  const flushed = pacer.flush();
  await vi.advanceTimersByTimeAsync(1000);
  await flushed;
  expect(sent.map(({ atMs, ms }) => [atMs, ms])).toEqual([
    [0, 100],
    [25, 320],
    [105, 320],
    [185, 260],
  ]);
  expect(pacer.sentMs).toBe(1000);
});

it('joins segments without losing a sample', async () => {
  const { pacer, sent } = open();
  for (let n = 0; n < 50; n++) pacer.push(ramp(7, n * 7 * 24));
  void pacer.flush();
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent.map(({ ms }) => ms)).toEqual([100, 250]);
  expect(sent[1]?.first).toBe(2400);
});

it('waits for a voice that is slower than its pace', async () => {
  const { pacer, sent } = open();
  pacer.push(ramp(100));
  await vi.advanceTimersByTimeAsync(500);
  pacer.push(ramp(100));
  await vi.advanceTimersByTimeAsync(500);
  expect(sent).toHaveLength(1);
  pacer.push(ramp(300));
  expect(sent.map(({ atMs, ms }) => [atMs, ms])).toEqual([
    [0, 100],
    [1000, 320],
  ]);
});

it('sends nothing after stop, and resolves pending waits, before and after', async () => {
  const { pacer, sent } = open();
  pacer.push(ramp(5000));
  const flushed = pacer.flush();
  await vi.advanceTimersByTimeAsync(30);
  pacer.stop();
  await flushed;
  await pacer.flush();
  pacer.push(ramp(100));
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});
