// Encodes a picture as JPEG, upright and scaled down. The encoder is loaded with the first picture: most calls have none.

import type { Picture } from '../room/port.js';
import type { Jpeg } from '../session/port.js';

export interface JpegOptions {
  /** The longer edge, pixels. */
  readonly maxEdge: number;
  /** 1 to 100. */
  readonly quality: number;
}

let loading: Promise<typeof import('sharp')['default']> | undefined;
let isLimited = false;

/** For the whole process: every picture is another one, and one thread beside the calls is enough for one a second. */
export function limitEncoder(): void {
  isLimited = true;
}

async function loadSharp(): Promise<typeof import('sharp')['default']> {
  const { default: sharp } = await import('sharp');
  if (isLimited) {
    sharp.cache(false);
    sharp.concurrency(1);
  }
  return sharp;
}

/** The kernel and the coding that sharp would choose take half as much time again, each second of a camera. */
export async function encodeJpeg(picture: Picture, { maxEdge, quality }: JpegOptions): Promise<Jpeg> {
  const sharp = await encoder();
  const { pixels, width, height, rotation } = picture;
  const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .rotate(rotation)
    .resize({ width: maxEdge, height: maxEdge, fit: 'inside', withoutEnlargement: true, kernel: 'cubic' })
    .jpeg({ quality, optimizeCoding: false })
    .toBuffer();
  return { bytes };
}

/** Of a 5K screen. Most formats are decoded whole, 4 bytes a pixel: any guest can send some kilobytes that become 64 MB. */
const MAX_PIXELS = 16_000_000;
/** As phones take them. A JPEG that is not progressive is made smaller while it is decoded. */
const MAX_JPEG_PIXELS = 50_000_000;
/** Formats that every build of libvips reads. SVG is excluded because it can include other files. */
const READ: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'heif', 'tiff']);

/** Encodes a file; of an animation the first picture. @throws an error whose message says why it cannot be read */
export async function encodeFile(
  { bytes }: { readonly bytes: Uint8Array },
  { maxEdge, quality }: JpegOptions,
): Promise<Jpeg> {
  const sharp = await encoder();
  const about = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  if (!about || !READ.has(about.format)) throw new Error('is no JPEG, PNG, WebP or GIF that can be read');
  const { width, height, format, isProgressive } = about;
  const most = format === 'jpeg' && !isProgressive ? MAX_JPEG_PIXELS : MAX_PIXELS;
  if (width * height > most)
    throw new Error(`has ${width} x ${height} pixels: at most ${most / 1e6} million are read`);
  try {
    const encoded = await sharp(bytes, { limitInputPixels: most, failOn: 'error' })
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
