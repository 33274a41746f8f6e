// Describes a picture: its size, its colours, and the content of its QR codes.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import sharp from 'sharp';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

/** Colours are counted in a picture of this size. */
const SAMPLE = 48;
/** A colour with a smaller part of the picture is not named. */
const MIN_SHARE = 0.12;
const MAX_COLOURS = 3;
const MAX_CODES = 3;
const MAX_CODE_LENGTH = 200;

let reader: Promise<void> | undefined;

/** Without this the reader would fetch its program from a network. */
function prepareReader(): Promise<void> {
  reader ??= (async () => {
    const file = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
    const bytes = await readFile(file);
    const wasmBinary = bytes.buffer.slice(
      bytes.byteOffset,
      bytes.byteOffset + bytes.byteLength,
    ) as ArrayBuffer;
    await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  })();
  return reader;
}

/** A text to be spoken; for data that is no picture it says so. */
export async function describePicture(bytes: Buffer): Promise<string> {
  let size: { readonly width: number; readonly height: number };
  let pixels: Buffer;
  try {
    const image = sharp(bytes, { failOn: 'error' });
    const { width, height } = await image.metadata();
    size = { width, height };
    pixels = await image
      .removeAlpha()
      .toColourspace('srgb')
      .resize(SAMPLE, SAMPLE, { fit: 'fill' })
      .raw()
      .toBuffer();
  } catch {
    return 'The last picture that reached me is broken: I cannot open it.';
  }
  const codes = await codesIn(bytes);
  return [
    `I see a picture of ${size.width} by ${size.height} pixels, ${inWords(coloursOf(pixels))}.`,
    ...codes.map((code) => `It holds a code that says: ${code}.`),
    'More than that the local stand-in for Gemini cannot see.',
  ].join(' ');
}

async function codesIn(bytes: Buffer): Promise<string[]> {
  await prepareReader();
  const found = await readBarcodes(new Uint8Array(bytes), { maxNumberOfSymbols: MAX_CODES });
  return found
    .filter(({ isValid, text }) => isValid && text !== '')
    .map(({ text }) => text.slice(0, MAX_CODE_LENGTH));
}

function coloursOf(pixels: Buffer): string[] {
  const counts = new Map<string, number>();
  for (let at = 0; at < pixels.length; at += 3) {
    const name = colourName(pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const total = pixels.length / 3;
  return [...counts]
    .filter(([, count]) => count >= total * MIN_SHARE)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_COLOURS)
    .map(([name]) => name);
}

function inWords(colours: readonly string[]): string {
  const [first, ...others] = colours;
  if (first === undefined) return 'of many colors';
  if (others.length === 0) return `mostly ${first}`;
  return `mostly ${first}, with ${others.join(' and ')}`;
}

/** By hue, where there is one. */
function colourName(red: number, green: number, blue: number): string {
  const max = Math.max(red, green, blue);
  const min = Math.min(red, green, blue);
  const chroma = max - min;
  if (chroma < 32) return max < 50 ? 'black' : max > 205 ? 'white' : 'gray';
  if (max < 40) return 'black';
  const hue =
    max === red
      ? ((green - blue) / chroma + 6) % 6
      : max === green
        ? (blue - red) / chroma + 2
        : (red - green) / chroma + 4;
  const degrees = hue * 60;
  if (degrees < 15 || degrees >= 345) return min > 140 ? 'pink' : 'red';
  if (degrees < 45) return max < 160 ? 'brown' : 'orange';
  if (degrees < 70) return 'yellow';
  if (degrees < 165) return 'green';
  if (degrees < 200) return 'turquoise';
  if (degrees < 260) return 'blue';
  return degrees < 300 ? 'purple' : 'pink';
}
