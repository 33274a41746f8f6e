// A picture as a JPEG: upright, no larger than asked for, and the colours that it had.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { Picture } from '../../../src/room/port.js';
import { encodeFile, encodeJpeg } from '../../../src/video/jpeg.js';

type Colour = readonly [red: number, green: number, blue: number];
const RED: Colour = [220, 30, 30];
const BLUE: Colour = [30, 30, 220];

/** The left half in one colour, the right half in another. */
function picture(width: number, height: number, rotation: Picture['rotation'] = 0): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) pixels.set(x < width / 2 ? RED : BLUE, (y * width + x) * 3);
  }
  return { pixels, width, height, rotation };
}

async function decoded(bytes: Uint8Array) {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): number[] => {
    const from =
      (Math.round(y * (info.height - 1)) * info.width + Math.round(x * (info.width - 1))) * info.channels;
    return [...data.subarray(from, from + 3)];
  };
  return { width: info.width, height: info.height, at };
}

function isLike(found: number[], colour: Colour): boolean {
  return found.every((value, index) => Math.abs(value - (colour[index] ?? 0)) < 30);
}

describe('a picture', () => {
  test('is made smaller by its longer edge, in its own proportions', async () => {
    const { bytes } = await encodeJpeg(picture(1_280, 720), { maxEdge: 768, quality: 75 });
    const { width, height, at } = await decoded(bytes);
    expect([width, height]).toEqual([768, 432]);
    expect(isLike(at(0.1, 0.5), RED)).toBe(true);
    expect(isLike(at(0.9, 0.5), BLUE)).toBe(true);
  });

  test('is smaller at a lower quality', async () => {
    const sizeAt = async (quality: number) =>
      (await encodeJpeg(picture(640, 360), { maxEdge: 640, quality })).bytes.length;
    expect(await sizeAt(10)).toBeLessThan(await sizeAt(95));
  });

  test('is never made larger', async () => {
    const { bytes } = await encodeJpeg(picture(320, 240), { maxEdge: 768, quality: 75 });
    expect(await decoded(bytes)).toMatchObject({ width: 320, height: 240 });
  });

  test.each([
    [90, [0.5, 0.1], [0.5, 0.9]],
    [180, [0.9, 0.5], [0.1, 0.5]],
    [270, [0.5, 0.9], [0.5, 0.1]],
  ] as const)('is turned by %d degrees clockwise', async (rotation, red, blue) => {
    const { bytes } = await encodeJpeg(picture(320, 160, rotation), { maxEdge: 768, quality: 90 });
    const { width, height, at } = await decoded(bytes);
    expect([width, height]).toEqual(rotation === 180 ? [320, 160] : [160, 320]);
    expect(isLike(at(red[0], red[1]), RED)).toBe(true);
    expect(isLike(at(blue[0], blue[1]), BLUE)).toBe(true);
  });

  test('is smaller in bytes with less quality', async () => {
    const noise = picture(640, 480);
    for (let index = 0; index < noise.pixels.length; index += 1) noise.pixels[index] = (index * 7_919) % 251;
    const [low, high] = await Promise.all(
      [20, 95].map((quality) => encodeJpeg(noise, { maxEdge: 640, quality })),
    );
    expect(low?.bytes.length).toBeLessThan((high?.bytes.length ?? 0) / 2);
  });
});

describe('a file', () => {
  const white = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#fff' } });
  const limits = { maxEdge: 320, quality: 75 };

  test('of more pixels than fit into memory is refused before it is decoded', async () => {
    const bytes = await white(4_100, 4_000).webp({ lossless: true, effort: 0 }).toBuffer();
    expect(bytes.length).toBeLessThan(100_000);
    await expect(encodeFile({ bytes }, limits)).rejects.toThrow('4100 x 4000 pixels: at most 16 million');
    const progressive = await white(4_100, 4_000).jpeg({ progressive: true }).toBuffer();
    await expect(encodeFile({ bytes: progressive }, limits)).rejects.toThrow('at most 16 million');
  });

  test('as a camera takes it is read', async () => {
    const bytes = await white(8_000, 6_000).jpeg({ quality: 20 }).toBuffer();
    const encoded = await encodeFile({ bytes }, limits);
    expect(await decoded(encoded.bytes)).toMatchObject({ width: 320, height: 240 });
  });
});
