// A picture as a JPEG, upright and no larger than asked for. The encoder is loaded with the first picture: most calls have none.

import type { Picture } from '../room/port.js';
import type { Jpeg } from '../session/port.js';

export interface JpegOptions {
  /** The longer edge, pixels. */
  readonly maxEdge: number;
  /** 1 to 100. */
  readonly quality: number;
}

let loading: Promise<typeof import('sharp')['default']> | undefined;

async function loadSharp(): Promise<typeof import('sharp')['default']> {
  const { default: sharp } = await import('sharp');
  // Every picture is another one, and one thread beside the call is enough for one a second.
  sharp.cache(false);
  sharp.concurrency(1);
  return sharp;
}

export async function encodeJpeg(picture: Picture, { maxEdge, quality }: JpegOptions): Promise<Jpeg> {
  loading ??= loadSharp().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const sharp = await loading;
  const { pixels, width, height, rotation } = picture;
  const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .rotate(rotation)
    .resize({ width: maxEdge, height: maxEdge, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality })
    .toBuffer();
  return { bytes };
}
