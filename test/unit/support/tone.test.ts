// The tones of the tests and what finds them again.
import { expect, test } from 'vitest';
import { amplitudeAt, concat, gaps, silence, sine } from '../../support/tone.js';

const RATE = 24_000;

test('a tone is found at its own frequency, with its amplitude', () => {
  const tone = sine(660, 500, RATE, 8000).slice(2400, -2400);
  expect(amplitudeAt(tone, RATE, 660)).toBeGreaterThan(7800);
  expect(amplitudeAt(tone, RATE, 660)).toBeLessThan(8200);
  expect(amplitudeAt(tone, RATE, 880)).toBeLessThan(200);
  expect(amplitudeAt(new Int16Array(0), RATE, 880)).toBe(0);
});

test('a tone is found also where its phase jumps, as after a jitter buffer that stretched it', () => {
  const tone = sine(260, 250, RATE, 8000);
  const opposite = tone.map((sample) => -sample);
  const spliced = concat(tone.slice(600, 3000), opposite.slice(600, 3000));
  expect(amplitudeAt(spliced, RATE, 260)).toBeGreaterThan(5 * amplitudeAt(spliced, RATE, 200));
  expect(amplitudeAt(spliced, RATE, 260)).toBeGreaterThan(6500);
});

test('a tone begins and ends without a click', () => {
  const tone = sine(500, 100, RATE, 20_000);
  expect(Math.abs(tone[0]!)).toBeLessThan(200);
  expect(Math.abs(tone.at(-1)!)).toBeLessThan(400);
});

test('gaps are the silences inside, as long as they are long enough', () => {
  const tone = sine(500, 200, RATE);
  const samples = concat(
    silence(100, RATE),
    tone,
    silence(50, RATE),
    tone,
    silence(20, RATE),
    tone,
    silence(90, RATE),
  );
  expect(gaps(samples, RATE)).toEqual([{ fromMs: 300, toMs: 350, rms: 0 }]);
  expect(gaps(samples, RATE, { minMs: 10 })).toHaveLength(2);
  expect(gaps(silence(500, RATE), RATE)).toEqual([]);
});
