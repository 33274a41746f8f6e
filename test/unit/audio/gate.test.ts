// Speech goes through a gate from its first syllable to its last; noise and clicks do not.
import { expect, test } from 'vitest';
import { Gate } from '../../../src/audio/gate.js';
import { levelOf, type PcmChunk } from '../../../src/audio/pcm.js';
import { readFixture } from '../../support/fixtures.js';

const RATE = 16_000;
const FRAME_SAMPLES = RATE / 50;

function frames(samples: Int16Array): PcmChunk[] {
  const all: PcmChunk[] = [];
  for (let from = 0; from + FRAME_SAMPLES <= samples.length; from += FRAME_SAMPLES)
    all.push({ samples: samples.slice(from, from + FRAME_SAMPLES), rate: RATE });
  return all;
}

function level(value: number): PcmChunk {
  return { samples: new Int16Array(FRAME_SAMPLES).fill(value), rate: RATE };
}

function passedOf(gate: Gate, chunks: readonly PcmChunk[]): PcmChunk[] {
  const passed: PcmChunk[] = [];
  for (const chunk of chunks) gate.pass(chunk, passed);
  return passed;
}

test.each(['goforward', 'jfk', 'ss0870'] as const)(
  '%s goes through in one piece around each word',
  async (name) => {
    const clip = frames((await readFixture(name)).samples);
    const passed = new Set(passedOf(new Gate(), clip));
    const loud = clip.filter((chunk) => levelOf(chunk) > 500);
    expect(loud.length).toBeGreaterThan(50);
    expect(loud.filter((chunk) => !passed.has(chunk))).toEqual([]);
    // In the order in which it was said, and nothing twice.
    expect([...passed]).toEqual(clip.filter((chunk) => passed.has(chunk)));
  },
);

test('what came just before the onset goes first', () => {
  const quiet = Array.from({ length: 40 }, () => level(10));
  const loud = Array.from({ length: 5 }, () => level(3_000));
  const passed = passedOf(new Gate(), [...quiet, ...loud]);
  expect(passed).toEqual([...quiet.slice(-11), ...loud]);
});

test('it stays open through a pause between words, and closes after half a second', () => {
  const gate = new Gate();
  const loud = Array.from({ length: 10 }, () => level(3_000));
  const pause = Array.from({ length: 20 }, () => level(10));
  expect(passedOf(gate, [...loud, ...pause, ...loud])).toHaveLength(40);
  expect(gate.isOpen).toBe(true);
  expect(
    passedOf(
      gate,
      Array.from({ length: 60 }, () => level(10)),
    ),
  ).toHaveLength(25);
  expect(gate.isOpen).toBe(false);
});

test('a click does not open it', () => {
  const quiet = Array.from({ length: 20 }, () => level(10));
  expect(passedOf(new Gate(), [...quiet, level(20_000), ...quiet])).toEqual([]);
});

test('noise that goes on is learnt in some seconds, and speech still goes through', () => {
  const gate = new Gate();
  const noise = Array.from({ length: 1_500 }, () => level(400));
  passedOf(gate, noise);
  expect(gate.isOpen).toBe(false);
  expect(
    passedOf(
      gate,
      Array.from({ length: 100 }, () => level(420)),
    ),
  ).toEqual([]);
  expect(
    passedOf(
      gate,
      Array.from({ length: 10 }, () => level(3_000)),
    ).length,
  ).toBeGreaterThan(10);
});

test('steady noise on a microphone that has just been opened is learnt in three seconds', () => {
  const gate = new Gate();
  passedOf(
    gate,
    Array.from({ length: 150 }, () => level(300)),
  );
  expect(gate.isOpen).toBe(false);
});

test('a gap in the sound does not make it forget the noise', () => {
  const gate = new Gate();
  passedOf(
    gate,
    Array.from({ length: 500 }, () => level(400)),
  );
  expect(passedOf(gate, [level(0), ...Array.from({ length: 500 }, () => level(400))])).toEqual([]);
});

test('a voice that holds a note for ten seconds goes through', () => {
  const gate = new Gate();
  expect(
    passedOf(
      gate,
      Array.from({ length: 500 }, () => level(3_000)),
    ),
  ).toHaveLength(500);
});

test('the noise of an office does not go through', async () => {
  const { samples } = await readFixture('noise-office');
  const clip = frames(samples);
  expect(passedOf(new Gate(), clip).length).toBeLessThan(clip.length / 10);
});

test('one that begins open lets the rest of a word through', () => {
  const gate = new Gate(true);
  expect(gate.isOpen).toBe(true);
  expect(passedOf(gate, [level(3_000), level(3_000)])).toHaveLength(2);
  passedOf(
    gate,
    Array.from({ length: 30 }, () => level(0)),
  );
  expect(gate.isOpen).toBe(false);
});
