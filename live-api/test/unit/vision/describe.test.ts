// Pictures in words: size, colours, codes.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';
import { describePicture } from '../../../src/vision/describe.js';

const plain = (background: string, width = 320, height = 240) =>
  sharp({ create: { width, height, channels: 3, background } });

async function qrCode(text: string): Promise<Buffer> {
  const file = createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm');
  const wasmBinary = Uint8Array.from(readFileSync(file)).buffer;
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  const { image } = await writeBarcode(text, { format: 'QRCode', scale: 6 });
  return Buffer.from(await (image as Blob).arrayBuffer());
}

describe('a picture', () => {
  it.each([
    ['#d02020', 'red'],
    ['#20a030', 'green'],
    ['#2040d0', 'blue'],
    ['#f0d020', 'yellow'],
    ['#f08020', 'orange'],
    ['#808080', 'gray'],
    ['#ffffff', 'white'],
    ['#000000', 'black'],
  ])('of %s is mostly %s', async (background, name) => {
    expect(await describePicture(await plain(background).jpeg().toBuffer())).toMatch(
      new RegExp(`^I see a picture of 320 by 240 pixels, mostly ${name}\\.`),
    );
  });

  it('of two colours has both, the greater part first', async () => {
    const half = await plain('#2040d0', 100, 240).png().toBuffer();
    const picture = await plain('#ffffff')
      .composite([{ input: half, left: 0, top: 0 }])
      .webp()
      .toBuffer();
    expect(await describePicture(picture)).toContain('mostly white, with blue');
  });

  it('with a QR code says what it holds', async () => {
    const code = await qrCode('https://example.com/table/7');
    const padded = await sharp(code)
      .extend({ top: 40, bottom: 40, left: 40, right: 40, background: '#ffffff' })
      .jpeg()
      .toBuffer();
    expect(await describePicture(padded)).toContain(
      'It holds a code that says: https://example.com/table/7.',
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['noise', Buffer.from('no picture at all')],
  ])('of %s is said to be broken', async (_, bytes) => {
    expect(await describePicture(bytes)).toMatch(/is broken/);
  });
});
