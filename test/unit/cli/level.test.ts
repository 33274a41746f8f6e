// Loudness in windows of 10 ms, and the stretches of sound in it.
import { expect, test } from 'vitest';
import { envelopeOf, lastSoundMs, rmsOf, soundMs, stretchesOf } from '../../../cli/level.js';
import { concat, silence, sine } from '../../support/tone.js';

test('the RMS of a sine is its amplitude over the root of two', () => {
  expect(rmsOf(sine(500, 1000, 16_000, 10_000))).toBeCloseTo(10_000 / Math.SQRT2, -2);
  expect(rmsOf(new Int16Array(0))).toBe(0);
});

test.each([8000, 11_025, 16_000, 44_100])('an envelope at %i Hz has 100 windows a second', (rate) => {
  const envelope = envelopeOf(concat(sine(500, 500, rate), silence(500, rate)), rate);
  expect(Math.abs(envelope.length - 100)).toBeLessThanOrEqual(1);
  expect(Math.abs(soundMs(envelope) - 500)).toBeLessThanOrEqual(20);
});

test('stretches are parted by longer silences only', () => {
  const rate = 16_000;
  const samples = concat(
    silence(100, rate),
    sine(500, 200, rate),
    silence(200, rate),
    sine(500, 200, rate),
    silence(400, rate),
    sine(500, 100, rate),
  );
  const stretches = stretchesOf(envelopeOf(samples, rate));
  expect(stretches.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
    [100, 700],
    [1100, 1200],
  ]);
  expect(stretches[1]!.rms).toBeGreaterThan(5000);
  expect(stretchesOf(new Float32Array(0))).toEqual([]);
});

test('the last sound is the end of the voice, not of the hiss behind it', () => {
  const rate = 16_000;
  const hiss = sine(3000, 1000, rate, 400);
  expect(lastSoundMs(concat(sine(500, 700, rate, 15_000), hiss), rate)).toBe(700);
  expect(lastSoundMs(hiss, rate)).toBe(1000);
  expect(lastSoundMs(silence(500, rate), rate)).toBe(0);
});
