// What lies between a session and its socket: nothing is lost there, and nothing overtakes what it should not.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../src/answerer-port.js';
import { SharedClock } from '../../src/clock/clock.js';
import { Outgoing } from '../../src/connection/outgoing.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open() {
  const written: (JsonObject | undefined)[] = [];
  const overflow = vi.fn();
  const clock = new SharedClock((error) => {
    throw error;
  });
  const outgoing = new Outgoing(clock, ({ message }) => written.push(message), overflow);
  return { outgoing, written, overflow, clock };
}

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, n) => ({ n: from + n }));
const calls = (...ids: string[]) => ({
  toolCall: { functionCalls: ids.map((id) => ({ id, name: 'f', args: {} })) },
});

describe('a slow line', () => {
  it('keeps the order whatever the jitter, and takes its time for every byte', async () => {
    const { outgoing, written } = open();
    outgoing.slow({ fault: 'slow', latencyMs: 100, jitterMs: 300, bytesPerSecond: 1000 });
    for (const message of numbered(50)) outgoing.send(message);
    await vi.advanceTimersByTimeAsync(90);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(written.length).toBeLessThan(30);
    await vi.advanceTimersByTimeAsync(5000);
    expect(written).toEqual(numbered(50));
  });

  it('is not overtaken by what is sent when it has become fast again', async () => {
    const { outgoing, written } = open();
    outgoing.slow({ fault: 'slow', latencyMs: 1000, jitterMs: 0 });
    for (const message of numbered(3)) outgoing.send(message);
    outgoing.clear();
    for (const message of numbered(3, 3)) outgoing.send(message);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(1001);
    expect(written).toEqual(numbered(6));
    outgoing.send({ n: 6 });
    expect(written).toHaveLength(7);
  });

  it('that freezes gives everything once it has thawed', async () => {
    const { outgoing, written } = open();
    outgoing.slow({ fault: 'slow', latencyMs: 100, jitterMs: 0 });
    outgoing.send({ n: 0 });
    outgoing.freeze();
    outgoing.send({ n: 1 });
    await vi.advanceTimersByTimeAsync(5000);
    expect(written).toEqual([]);
    outgoing.thaw();
    await vi.advanceTimersByTimeAsync(200);
    expect(written).toEqual(numbered(2));
  });
});

it('what is frozen is bounded: beyond that the connection breaks', () => {
  const { outgoing, overflow } = open();
  outgoing.freeze();
  const padding = 'x'.repeat(1_000_000);
  for (let n = 0; n < 16; n++) outgoing.send({ padding });
  expect(overflow).not.toHaveBeenCalled();
  for (let n = 0; n < 3; n++) outgoing.send({ padding });
  expect(overflow).toHaveBeenCalled();
});

it('duplicates and reorders the given number of messages, then none', () => {
  const { outgoing, written } = open();
  outgoing.apply({ fault: 'duplicate', count: 2 });
  outgoing.apply({ fault: 'reorder', count: 1 });
  for (const message of numbered(4)) outgoing.send(message);
  expect(written).toEqual([{ n: 1 }, { n: 1 }, { n: 0 }, { n: 2 }, { n: 2 }, { n: 3 }]);
});

it('gives what waited to be overtaken when nothing is to overtake it any more', () => {
  const { outgoing, written } = open();
  outgoing.apply({ fault: 'reorder', count: 5 });
  outgoing.send({ n: 0 });
  expect(written).toEqual([]);
  outgoing.clear();
  expect(written).toEqual([{ n: 0 }]);
});

it('doubles tool calls with the same ids, or new ones', () => {
  const { outgoing, written } = open();
  outgoing.apply({ fault: 'double-calls', count: 1, newIds: false });
  outgoing.send(calls('a', 'b'));
  outgoing.apply({ fault: 'double-calls', count: 1, newIds: true });
  outgoing.send({ other: true });
  outgoing.send(calls('c'));
  outgoing.send(calls('d'));
  expect(written.slice(0, 4)).toEqual([calls('a', 'b'), calls('a', 'b'), { other: true }, calls('c')]);
  expect(written[4]).toEqual(calls(expect.stringMatching(/^function-call-/)));
  expect(written[5]).toEqual(calls('d'));
});

it('late transcripts come late, each after what it belongs to', async () => {
  const { outgoing, written } = open();
  outgoing.apply({ fault: 'late-transcripts', delayMs: 500, of: 'both', after: 'message', fragments: 'all' });
  const transcript = { serverContent: { outputTranscription: { text: 'hi' } } };
  outgoing.send(transcript);
  outgoing.send({ serverContent: { turnComplete: true } });
  await vi.advanceTimersByTimeAsync(499);
  expect(written).toEqual([{ serverContent: { turnComplete: true } }]);
  await vi.advanceTimersByTimeAsync(2);
  expect(written[1]).toEqual(transcript);
});

it('nothing is written after its end', async () => {
  const { outgoing, written } = open();
  outgoing.slow({ fault: 'slow', latencyMs: 100, jitterMs: 0 });
  outgoing.send({ n: 0 });
  outgoing.close();
  await vi.advanceTimersByTimeAsync(1000);
  expect(written).toEqual([]);
});
