// WAV files of every common kind are read alike, and what cannot be read is named.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseWav, WavError } from '../../../cli/wav.js';
import { encodeWav } from '../../../cli/wav-writer.js';

interface Shape {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly extensible?: boolean;
  readonly dataBytes?: number;
  /** Other parts before the sound. */
  readonly before?: readonly [id: string, bytes: number][];
}

function chunk(id: string, body: Buffer, size = body.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 'latin1');
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
}

function wav(sound: Buffer, shape: Shape = {}): Buffer {
  const { tag = 1, channels = 1, rate = 16_000, bits = 16, extensible = false, before = [] } = shape;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE((rate * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) format.writeUInt16LE(tag, 24);
  const parts = [
    chunk('fmt ', format),
    ...before.map(([id, bytes]) => chunk(id, Buffer.alloc(bytes, 7))),
    chunk('data', sound, shape.dataBytes ?? sound.length),
  ];
  const body = Buffer.concat([Buffer.from('WAVE', 'latin1'), ...parts]);
  return chunk('RIFF', body);
}

function bytesOf(
  values: readonly number[],
  bytes: number,
  write: (buffer: Buffer, value: number, at: number) => void,
) {
  const buffer = Buffer.alloc(values.length * bytes);
  values.forEach((value, index) => {
    write(buffer, value, index * bytes);
  });
  return buffer;
}

const LEVELS = [0, 0.5, -0.5, 0.25];
const AS_PCM16 = [0, 16_384, -16_384, 8192];

describe('formats', () => {
  test.each<[string, Buffer, Shape]>([
    ['8 bit', bytesOf(LEVELS, 1, (b, v, at) => b.writeUInt8(128 + v * 128, at)), { bits: 8 }],
    ['16 bit', bytesOf(LEVELS, 2, (b, v, at) => b.writeInt16LE(v * 32_768, at)), { bits: 16 }],
    ['24 bit', bytesOf(LEVELS, 3, (b, v, at) => b.writeIntLE(v * 8_388_608, at, 3)), { bits: 24 }],
    ['32 bit', bytesOf(LEVELS, 4, (b, v, at) => b.writeInt32LE(v * 2_147_483_648, at)), { bits: 32 }],
    ['32 bit float', bytesOf(LEVELS, 4, (b, v, at) => b.writeFloatLE(v, at)), { bits: 32, tag: 3 }],
    ['64 bit float', bytesOf(LEVELS, 8, (b, v, at) => b.writeDoubleLE(v, at)), { bits: 64, tag: 3 }],
    ['extensible', bytesOf(LEVELS, 2, (b, v, at) => b.writeInt16LE(v * 32_768, at)), { extensible: true }],
  ])('%s', (_name, sound, shape) => {
    const { samples, rate, durationMs } = parseWav(wav(sound, { ...shape, rate: 44_100 }));
    expect(rate).toBe(44_100);
    expect(durationMs).toBeCloseTo(4000 / 44_100);
    expect(samples).toHaveLength(4);
    for (const [index, value] of AS_PCM16.entries())
      expect(Math.abs(samples[index]! - value)).toBeLessThanOrEqual(1);
  });

  test('stereo is mixed down to its mean', () => {
    const sound = bytesOf([1000, 3000, -2000, 2000], 2, (b, v, at) => b.writeInt16LE(v, at));
    const { samples, channels } = parseWav(wav(sound, { channels: 2 }));
    expect([...samples]).toEqual([2000, 0]);
    expect(channels).toBe(2);
  });

  test('float beyond full scale is clipped, and what is no number is silence', () => {
    const sound = bytesOf([2, -2, Number.NaN], 4, (b, v, at) => b.writeFloatLE(v, at));
    expect([...parseWav(wav(sound, { bits: 32, tag: 3 })).samples]).toEqual([32_767, -32_768, 0]);
  });

  test('other parts, also of odd length, are passed over', () => {
    const sound = bytesOf([5, 6], 2, (b, v, at) => b.writeInt16LE(v, at));
    const bytes = wav(sound, {
      before: [
        ['LIST', 7],
        ['fact', 4],
      ],
    });
    expect([...parseWav(bytes).samples]).toEqual([5, 6]);
  });

  test.each([0, 0xffff_ffff, 1000])(
    'a size of %i in a file of 3 samples means all that is there',
    (dataBytes) => {
      const sound = bytesOf([5, 6, 7], 2, (b, v, at) => b.writeInt16LE(v, at));
      expect([...parseWav(wav(sound, { dataBytes })).samples]).toEqual([5, 6, 7]);
    },
  );

  test('a view into a larger buffer is read at its place', () => {
    const bytes = wav(bytesOf([5, 6], 2, (b, v, at) => b.writeInt16LE(v, at)));
    const larger = Buffer.concat([Buffer.from([1, 2, 3]), bytes]);
    expect([...parseWav(larger.subarray(3)).samples]).toEqual([5, 6]);
  });

  test('what encodeWav writes is read back', () => {
    fc.assert(
      fc.property(
        fc.int16Array({ minLength: 1 }),
        fc.integer({ min: 8000, max: 96_000 }),
        (samples, rate) => {
          const read = parseWav(encodeWav(samples, rate));
          expect(read.rate).toBe(rate);
          expect(read.samples).toEqual(samples);
        },
      ),
    );
  });
});

describe('what is no WAV is named', () => {
  const sound = Buffer.alloc(8, 1);
  test.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'x.wav is empty'],
    ['text', Buffer.from('Dear Sir or Madam'), 'x.wav is no WAV file: it does not begin with RIFF and WAVE'],
    ['three bytes', Buffer.from('RIF'), 'x.wav is no WAV file: it does not begin with RIFF and WAVE'],
    ['MP3', Buffer.from('ID3\u0003 and so on'), 'x.wav is an MP3 file, not plain WAV: convert it'],
    ['Ogg', Buffer.from('OggS and so on'), 'x.wav is an Ogg file'],
    ['FLAC', Buffer.from('fLaC and so on'), 'x.wav is a FLAC file'],
    ['MP4', Buffer.from('\0\0\0\u0018ftypM4A '), 'x.wav is an MP4 or M4A file'],
    ['WebM', Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 1, 2]), 'x.wav is a WebM or Matroska file'],
    ['AVI', Buffer.concat([Buffer.from('RIFF\0\0\0\0AVI LIST')]), 'it is RIFF with "AVI" inside'],
    ['mu-law', wav(sound, { tag: 7, bits: 8 }), 'x.wav is compressed (mu-law)'],
    ['an unknown codec', wav(sound, { tag: 4711 }), 'x.wav is compressed (format 4711)'],
    ['12 bit', wav(sound, { bits: 12 }), 'x.wav has 12 bit PCM: only 8, 16, 24, 32 bit PCM can be read'],
    ['16 bit float', wav(sound, { tag: 3, bits: 16 }), 'only 32, 64 bit float can be read'],
    ['no channels', wav(sound, { channels: 0 }), 'it says that it has no channels'],
    ['no rate', wav(sound, { rate: 0 }), 'it says that its rate is 0 Hz'],
    ['no sound', wav(Buffer.alloc(0)), 'x.wav has no sound in it: it is 0 s long'],
    ['only a head', wav(sound).subarray(0, 36), 'x.wav has no sound in it: the "data" part is missing'],
    ['no parts', wav(sound).subarray(0, 12), 'the "fmt " and "data" part is missing'],
    [
      'sound before its format',
      Buffer.concat([wav(sound).subarray(0, 12), wav(sound).subarray(36)]),
      'its sound comes before its format',
    ],
  ])('%s', (_name, bytes, message) => {
    expect(() => parseWav(bytes, 'x.wav')).toThrow(WavError);
    expect(() => parseWav(bytes, 'x.wav')).toThrow(message);
  });

  test('whatever the bytes, it is a WAV or a WavError', () => {
    const whole = wav(Buffer.alloc(64, 3));
    const damaged = fc
      .array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 })
      .map((changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), damaged), (bytes) => {
        try {
          expect(parseWav(bytes).samples.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(WavError);
        }
      }),
    );
  });
});
