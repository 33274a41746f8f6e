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
  const sharp = await encoder();
  const { pixels, width, height, rotation } = picture;
  const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .rotate(rotation)
    .resize({ width: maxEdge, height: maxEdge, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality })
    .toBuffer();
  return { bytes };
}

/** A picture of 50 million pixels takes 200 MB while it is decoded. */
const MAX_PIXELS = 50_000_000;
/** What libvips reads in any of its builds; SVG, which may name other files, is none of them. */
const READ: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'heif', 'tiff']);

/** A file as people send them; of one that moves the first picture. @throws an error that says why it cannot be read */
export async function encodeFile(
  { bytes }: { readonly bytes: Uint8Array },
  { maxEdge, quality }: JpegOptions,
): Promise<Jpeg> {
  const sharp = await encoder();
  const limits = { limitInputPixels: MAX_PIXELS, failOn: 'error' } as const;
  const about = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  if (!about || !READ.has(about.format)) throw new Error('is no JPEG, PNG, WebP or GIF that can be read');
  const { width, height } = about;
  if (width * height > MAX_PIXELS)
    throw new Error(`has ${width} x ${height} pixels: at most 50 million are read`);
  try {
    const encoded = await sharp(bytes, limits)
      .rotate()
      .flatten({ background: '#ffffff' })
      .resize({ width: maxEdge, height: maxEdge, fit: 'inside', withoutEnlargement: true })
      .jpeg({ quality })
      .toBuffer();
    return { bytes: encoded };
  } catch {
    throw new Error('is broken');
  }
}

function encoder(): Promise<typeof import('sharp')['default']> {
  loading ??= loadSharp().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
