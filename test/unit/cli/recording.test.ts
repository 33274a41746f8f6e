// A recording keeps real time: what is where in it tells when it was heard.
import { expect, test } from 'vitest';
import { RECORDING_RATE, Recording } from '../../../cli/recording.js';
import { silence, sine } from '../../support/tone.js';

const tone = (ms: number) => sine(500, ms, RECORDING_RATE);

function append(recording: Recording, samples: Int16Array, frame = 480): void {
  for (let from = 0; from < samples.length; from += frame)
    recording.append(samples.slice(from, from + frame));
}

test('samples, loudness and times of what was heard', () => {
  const recording = new Recording();
  expect(recording.startedAtMs).toBeUndefined();
  expect(recording.firstSoundAtMs()).toBeUndefined();
  expect(recording.lastSoundAtMs()).toBeUndefined();
  expect(recording.begin(10_000)).toBe(0);
  append(recording, silence(500, RECORDING_RATE));
  append(recording, tone(300));
  append(recording, silence(1000, RECORDING_RATE));
  append(recording, tone(200));
  append(recording, silence(100, RECORDING_RATE));

  expect(recording.startedAtMs).toBe(10_000);
  expect(recording.durationMs).toBe(2100);
  expect(recording.samples()).toHaveLength(2100 * 24);
  expect(recording.samples(500, 800)).toEqual(tone(300));
  expect(recording.soundMs()).toBe(500);
  expect(recording.soundMsSince(10_700)).toBe(300);
  expect(recording.firstSoundAtMs()).toBe(10_500);
  expect(recording.firstSoundAtMs(10_600)).toBe(10_600);
  expect(recording.firstSoundAtMs(10_801)).toBe(11_800);
  expect(recording.firstSoundAtMs(12_000)).toBeUndefined();
  expect(recording.lastSoundAtMs()).toBe(12_000);
  expect(recording.stretches().map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
    [500, 800],
    [1800, 2000],
  ]);
});

test('frames of any size make the same envelope', () => {
  const whole = new Recording();
  whole.begin(0);
  whole.append(tone(1000));
  const pieces = new Recording();
  pieces.begin(0);
  append(pieces, tone(1000), 77);
  expect(pieces.envelope()).toEqual(whole.envelope());
  expect(pieces.samples()).toEqual(whole.samples());
});

test('a track that begins later says how much silence is missing', () => {
  const recording = new Recording();
  recording.begin(1000);
  recording.append(tone(100));
  expect(recording.begin(1600)).toBe(500 * 24);
  // One that begins a little early, by the jitter of its first frame, takes nothing away.
  expect(recording.begin(1050)).toBe(0);
});

test('a recording without samples still knows its loudness, for hours', () => {
  const recording = new Recording({ keepSamples: false });
  recording.begin(0);
  for (let second = 0; second < 60; second++) recording.append(tone(1000));
  expect(recording.envelope()).toHaveLength(6000);
  expect(recording.soundMs()).toBe(60_000);
  expect(() => recording.samples()).toThrow('keepSamples');
});

test('nothing is heard before a track begins', () => {
  expect(() => new Recording().append(tone(20))).toThrow('begin()');
});
