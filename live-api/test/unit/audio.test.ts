// Audio as clients send it: rates, odd lengths, mime types; and the fragments and chunks that go out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioInput, declaredRate } from '../../src/audio/input.js';
import { Resampler } from '../../src/audio/resampler.js';
import { fragments } from '../../src/session/fragments.js';
import { Refusal } from '../../src/wire/refusal.js';

const sine = (hz: number, rate: number, seconds: number) =>
  Int16Array.from({ length: rate * seconds }, (_, n) => 10_000 * Math.sin((2 * Math.PI * hz * n) / rate));

const rms = (samples: Int16Array) =>
  Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);

describe('the resampler', () => {
  it.each([8000, 11_025, 24_000, 44_100, 48_000, 44_101])(
    'brings %i Hz to 16 kHz with length, level and pitch kept',
    (rate) => {
      const resampler = new Resampler(rate, 16_000);
      const input = sine(1000, rate, 1);
      const chunk = Math.round(rate / 50);
      const segments: number[] = [];
      for (let at = 0; at < input.length; at += chunk)
        segments.push(...resampler.process(input.slice(at, at + chunk)));
      const output = Int16Array.from(segments);
      expect(Math.abs(output.length - 16_000)).toBeLessThan(40);
      const settled = output.slice(500, -500);
      expect(rms(settled) / (10_000 / Math.SQRT2)).toBeCloseTo(1, 1);
      let crossings = 0;
      for (let n = 1; n < settled.length; n++)
        if ((settled[n - 1] ?? 0) < 0 && (settled[n] ?? 0) >= 0) crossings++;
      expect(Math.abs(crossings - settled.length / 16)).toBeLessThan(3);
    },
  );

  it('removes what 16 kHz cannot hold', () => {
    const output = new Resampler(48_000, 16_000).process(sine(15_000, 48_000, 1));
    expect(rms(output.slice(500))).toBeLessThan(100);
  });

  it('gives the same for any way of cutting the input', () => {
    const input = sine(700, 44_100, 0.2);
    const whole = new Resampler(44_100, 16_000).process(input);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 30 }), (sizes) => {
        const resampler = new Resampler(44_100, 16_000);
        const segments: number[] = [];
        let at = 0;
        for (const size of [...sizes, input.length]) {
          segments.push(...resampler.process(input.slice(at, at + size)));
          at += size;
        }
        expect(segments).toEqual([...whole]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('audio input', () => {
  const base64 = (bytes: number) => Buffer.alloc(bytes, 1).toString('base64');

  it('leaves out an odd byte and takes nothing at all', () => {
    const input = new AudioInput();
    expect(input.read({ data: base64(641), mimeType: 'audio/pcm;rate=16000' })).toHaveLength(320);
    expect(input.read({ data: '', mimeType: 'audio/pcm' })).toHaveLength(0);
    expect(input.read({})).toHaveLength(0);
  });

  it('takes 16 kHz for granted, and spaces and capitals as they come', () => {
    expect(declaredRate(undefined)).toBe(16_000);
    expect(declaredRate('audio/pcm')).toBe(16_000);
    expect(declaredRate('Audio/PCM; Rate=48000')).toBe(48_000);
  });

  it.each(['audio/mp3', 'image/jpeg', 'audio/pcm;rate=1', 'audio/pcm;rate=999999'])(
    'refuses %s',
    (mimeType) => {
      expect(() => declaredRate(mimeType)).toThrow(Refusal);
    },
  );
});

describe('transcript fragments', () => {
  it('join to the text, and each knows where it begins', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,30}( [a-z]{1,30}){0,30}$/), (text) => {
        const parts = fragments(text);
        expect(parts.map((part) => part.text).join('')).toBe(text);
        for (const part of parts) expect(text.startsWith(part.text, part.start)).toBe(true);
      }),
    );
  });
});
