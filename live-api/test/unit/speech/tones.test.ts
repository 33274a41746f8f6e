import { describe, expect, it, vi } from 'vitest';
import type { RecogniserEvent } from '../../../src/speech/port.js';
import { openTones, toneDurationMs, toneFrequency } from '../../../src/speech/tones.js';

const OPTIONS = {
  startThreshold: 0.5,
  endThreshold: 0.35,
  minSpeechMs: 120,
  silenceMs: 500,
  prefixMs: 300,
  manual: false,
};

function sound(ms: number, level: number): Int16Array {
  return Int16Array.from({ length: ms * 16 }, (_, index) => (index % 2 === 0 ? level : -level));
}

async function spoken(text: string, voice: string, signal = new AbortController().signal) {
  const segments: Int16Array[] = [];
  for await (const segment of openTones().say(text, voice, signal)) segments.push(segment);
  return segments;
}

function crossings(samples: Int16Array): number {
  let count = 0;
  for (let index = 1; index < samples.length; index++) {
    if ((samples[index - 1] as number) < 0 && (samples[index] as number) >= 0) count++;
  }
  return count;
}

describe('recognisers of tones', () => {
  it('hear somebody speak, and no words, whole or so far', async () => {
    const events: RecogniserEvent[] = [];
    const options = { ...OPTIONS, partials: { everyMs: 100 } };
    const recogniser = openTones().openRecogniser(options, (event) => events.push(event));
    for (const [ms, level] of [
      [500, 3],
      [1000, 3000],
      [1000, 3],
    ] as const)
      recogniser.push(sound(ms, level));
    await vi.waitFor(() => expect(events).toHaveLength(3));
    expect(events).toEqual([
      { type: 'started', offset: 8000 },
      { type: 'ended', offset: 24_000 },
      { type: 'heard', text: '', offset: 24_000 },
    ]);
  });

  it('report the same for any size of chunk, and never inside push()', async () => {
    const events: RecogniserEvent[] = [];
    const recogniser = openTones().openRecogniser(OPTIONS, (event) => events.push(event));
    const whole = Int16Array.from([...sound(333, 0), ...sound(400, 2000), ...sound(700, 0)]);
    for (let at = 0; at < whole.length; at += 77) recogniser.push(whole.slice(at, at + 77));
    expect(events).toEqual([]);
    await vi.waitFor(() => expect(events).toHaveLength(3));
    expect(events[0]?.offset).toBe(320 * 16);
  });

  it('follow marks under manual detection', async () => {
    const events: RecogniserEvent[] = [];
    const recogniser = openTones().openRecogniser({ ...OPTIONS, manual: true }, (event) =>
      events.push(event),
    );
    recogniser.push(sound(100, 5000));
    recogniser.begin();
    recogniser.begin();
    recogniser.push(sound(300, 0));
    recogniser.end();
    recogniser.end();
    await vi.waitFor(() => expect(events).toHaveLength(3));
    expect(events.map(({ type, offset }) => [type, offset])).toEqual([
      ['started', 1600],
      ['ended', 6400],
      ['heard', 6400],
    ]);
  });

  it('say nothing once they are closed', async () => {
    const events: RecogniserEvent[] = [];
    const tones = openTones();
    const recogniser = tones.openRecogniser(OPTIONS, (event) => events.push(event));
    recogniser.push(sound(500, 3000));
    await tones.close();
    recogniser.push(sound(500, 3000));
    recogniser.end();
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([]);
  });

  it('are light: 200 of them cost less than a fifth of the time that passes', () => {
    const tones = openTones();
    const recognisers = Array.from({ length: 200 }, () => tones.openRecogniser(OPTIONS, () => {}));
    const frame = sound(20, 2000);
    const before = process.cpuUsage();
    for (let at = 0; at < 50; at++) for (const recogniser of recognisers) recogniser.push(frame);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(200);
  });
});

describe('voices of tones', () => {
  it('last as long as a text takes to say', async () => {
    const segments = await spoken('x'.repeat(100), 'Puck');
    const samples = segments.reduce((sum, { length }) => sum + length, 0);
    expect(samples).toBe(6 * 24_000);
    expect(toneDurationMs('')).toBe(200);
    expect(toneDurationMs('x'.repeat(10_000))).toBe(30_000);
  });

  it('own their buffers and join without a click', async () => {
    const segments = await spoken('hello there', 'Leda');
    for (const segment of segments) expect(segment.buffer.byteLength).toBe(segment.byteLength);
    const [first, second] = segments as [Int16Array, Int16Array];
    const step = Math.abs((second[0] as number) - (first.at(-1) as number));
    expect(step).toBeLessThan(900);
  });

  it('have the pitch of their voice', async () => {
    const [segment] = (await spoken('hello', 'Kore')) as [Int16Array];
    expect(crossings(segment) * 10).toBeCloseTo(toneFrequency('Kore'), -1.5);
    const known = ['Puck', 'Charon', 'Kore', 'Fenrir', 'Aoede', 'Leda', 'Orus', 'Zephyr'].map(toneFrequency);
    expect(new Set(known).size).toBe(known.length);
    expect(toneFrequency('anyone')).toBe(toneFrequency('Anyone'));
  });

  it('stop when they are aborted', async () => {
    const stopping = new AbortController();
    let segments = 0;
    for await (const _ of openTones().say('x'.repeat(300), 'Puck', stopping.signal)) {
      if (++segments === 3) stopping.abort();
    }
    expect(segments).toBe(3);
  });
});
