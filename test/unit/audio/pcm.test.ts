// PCM16 that owns its memory, to base64 and back.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  durationMs,
  levelOf,
  OUTPUT_RATE,
  pcmFromBase64,
  pcmToBase64,
  rateOfMimeType,
} from '../../../src/audio/pcm.js';

describe('decoding', () => {
  test('reads little-endian samples of 16 bits', () => {
    const bytes = Buffer.from([0x01, 0x00, 0xff, 0xff, 0x00, 0x80, 0xff, 0x7f]);
    const chunk = pcmFromBase64(bytes.toString('base64'), 24_000);
    expect([...chunk.samples]).toEqual([1, -1, -32_768, 32_767]);
    expect(chunk.rate).toBe(24_000);
  });

  test('drops an odd last byte', () => {
    const chunk = pcmFromBase64(Buffer.from([0x01, 0x00, 0x7f]).toString('base64'), 24_000);
    expect([...chunk.samples]).toEqual([1]);
    expect(pcmFromBase64(Buffer.from([0x7f]).toString('base64'), 24_000).samples).toHaveLength(0);
  });

  test('of nothing is empty', () => {
    expect(pcmFromBase64('', 24_000).samples).toHaveLength(0);
  });

  test('gives samples that begin at offset 0 of a buffer of their own, small or large', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
        const { samples } = pcmFromBase64(Buffer.from(bytes).toString('base64'), 24_000);
        expect(samples.byteOffset).toBe(0);
        expect(samples.buffer.byteLength).toBe(samples.byteLength);
        expect(samples.length).toBe(bytes.length >> 1);
      }),
    );
  });
});

describe('encoding', () => {
  test('is undone by decoding', () => {
    fc.assert(
      fc.property(fc.int16Array({ maxLength: 2_000 }), (samples) => {
        expect([...pcmFromBase64(pcmToBase64({ samples, rate: 16_000 }), 16_000).samples]).toEqual([
          ...samples,
        ]);
      }),
    );
  });

  test('takes only what the view shows of a larger buffer', () => {
    const samples = new Int16Array([1, 2, 3, 4]).subarray(1, 3);
    expect([...pcmFromBase64(pcmToBase64({ samples, rate: 16_000 }), 16_000).samples]).toEqual([2, 3]);
  });
});

test('the duration follows from the rate', () => {
  expect(durationMs({ samples: new Int16Array(480), rate: 24_000 })).toBe(20);
  expect(durationMs({ samples: new Int16Array(320), rate: 16_000 })).toBe(20);
  expect(durationMs({ samples: new Int16Array(0), rate: 16_000 })).toBe(0);
});

test.each([
  ['audio/pcm;rate=24000', 24_000],
  ['audio/pcm; rate=16000', 16_000],
  ['audio/pcm;channels=1;rate=48000', 48_000],
  ['audio/pcm;rate=8000;channels=1', 8_000],
  ['audio/pcm', OUTPUT_RATE],
  ['audio/pcm;rate=0', OUTPUT_RATE],
  ['audio/pcm;rate=fast', OUTPUT_RATE],
  ['audio/pcm;bitrate=64000', OUTPUT_RATE],
  ['', OUTPUT_RATE],
  [undefined, OUTPUT_RATE],
])('the rate of %s is %i', (mimeType, rate) => {
  expect(rateOfMimeType(mimeType)).toBe(rate);
});

test.each([440, 1_000, 2_000, 4_000])(
  'the level of a tone of %d Hz does not depend on its phase',
  (frequencyHz) => {
    for (const phase of [0, 0.5, 1]) {
      const samples = Int16Array.from(
        { length: 320 },
        (_, index) => 10_000 * Math.sin((2 * Math.PI * frequencyHz * index) / 16_000 + phase * Math.PI),
      );
      expect(levelOf({ samples, rate: 16_000 })).toBeGreaterThan(4_500);
    }
  },
);
