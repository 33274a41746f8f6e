// Reads WAV files of any common kind into mono PCM16, and says what is wrong with those it cannot read.
import { extname } from 'node:path';

/** What a WAV file holds, mixed down to mono. */
export interface Wav {
  readonly samples: Int16Array;
  /** Samples a second. */
  readonly rate: number;
  /** Channels in the file. */
  readonly channels: number;
  readonly durationMs: number;
}

/** The file is no WAV, or one that cannot be read; the message says why and what to do. */
export class WavError extends Error {
  override readonly name = 'WavError';
}

interface Format {
  readonly tag: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

const CODECS: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  6: 'A-law',
  7: 'mu-law',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  85: 'MP3',
  255: 'AAC',
};

/** What other files begin with, at which byte. */
const MAGIC: readonly (readonly [offset: number, bytes: string, name: string])[] = [
  [0, 'ID3', 'an MP3 file'],
  [0, '\xff\xfb', 'an MP3 file'],
  [0, '\xff\xf3', 'an MP3 file'],
  [0, 'OggS', 'an Ogg file'],
  [0, 'fLaC', 'a FLAC file'],
  [4, 'ftyp', 'an MP4 or M4A file'],
  [0, '\x1a\x45\xdf\xa3', 'a WebM or Matroska file'],
  [0, 'FORM', 'an AIFF file'],
  [0, 'RF64', 'an RF64 file (a WAV of over 4 GB)'],
  [0, 'RIFX', 'a big-endian WAV file'],
];

/**
 * Reads 8, 16, 24 and 32 bit PCM and 32 and 64 bit float, at any rate, with any number of channels.
 *
 * @param name what to call the file in an error
 * @throws {WavError} with one line that says what is wrong
 */
export function parseWav(bytes: Uint8Array, name = 'the file'): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkHeader(view, name);
  let format: Format | undefined;
  for (let offset = 12; offset + 8 <= view.byteLength; ) {
    const id = ascii(view, offset, 4);
    const size = view.getUint32(offset + 4, true);
    const start = offset + 8;
    if (id === 'fmt ') format = readFormat(view, start, size, name);
    if (id === 'data') {
      if (!format) throw new WavError(`${name} is damaged: its sound comes before its format`);
      // A writer to a pipe cannot know the size and puts 0 or the greatest number; the sound then goes to the end.
      const rest = view.byteLength - start;
      return readSound(view, start, size === 0 ? rest : Math.min(size, rest), format, name);
    }
    offset = start + size + (size & 1);
  }
  throw new WavError(
    `${name} has no sound in it: ${format ? 'the "data"' : 'the "fmt " and "data"'} part is missing`,
  );
}

function checkHeader(view: DataView, name: string): void {
  if (view.byteLength === 0) throw new WavError(`${name} is empty`);
  if (view.byteLength >= 12 && ascii(view, 0, 4) === 'RIFF') {
    const kind = ascii(view, 8, 4);
    if (kind === 'WAVE') return;
    throw new WavError(`${name} is no WAV file: it is RIFF with "${kind.trim()}" inside`);
  }
  const other = MAGIC.find(([offset, magic]) => ascii(view, offset, magic.length) === magic);
  if (!other) throw new WavError(`${name} is no WAV file: it does not begin with RIFF and WAVE`);
  const source = extname(name) === '' ? 'IN' : name;
  throw new WavError(
    `${name} is ${other[2]}, not plain WAV: convert it, for instance with \`ffmpeg -i ${source} out.wav\``,
  );
}

function readFormat(view: DataView, start: number, size: number, name: string): Format {
  if (size < 16 || start + 16 > view.byteLength)
    throw new WavError(`${name} is damaged: its "fmt " part is cut short`);
  let tag = view.getUint16(start, true);
  // The true format of an extensible one is the first two bytes of its GUID.
  if (tag === EXTENSIBLE && size >= 26 && start + 26 <= view.byteLength)
    tag = view.getUint16(start + 24, true);
  const format = {
    tag,
    channels: view.getUint16(start + 2, true),
    rate: view.getUint32(start + 4, true),
    bits: view.getUint16(start + 14, true),
  };
  checkFormat(format, name);
  return format;
}

function checkFormat({ tag, channels, rate, bits }: Format, name: string): void {
  if (tag !== PCM && tag !== FLOAT) {
    throw new WavError(
      `${name} is compressed (${CODECS[tag] ?? `format ${tag}`}): only PCM and float can be read`,
    );
  }
  const allowed = tag === PCM ? [8, 16, 24, 32] : [32, 64];
  if (!allowed.includes(bits)) {
    const kind = tag === PCM ? 'PCM' : 'float';
    throw new WavError(`${name} has ${bits} bit ${kind}: only ${allowed.join(', ')} bit ${kind} can be read`);
  }
  if (channels === 0) throw new WavError(`${name} is damaged: it says that it has no channels`);
  if (rate < 1000 || rate > 384_000)
    throw new WavError(`${name} is damaged: it says that its rate is ${rate} Hz`);
}

function readSound(view: DataView, start: number, size: number, format: Format, name: string): Wav {
  const { channels, rate, bits } = format;
  const frameBytes = (bits / 8) * channels;
  const frames = Math.floor(size / frameBytes);
  if (frames === 0) throw new WavError(`${name} has no sound in it: it is 0 s long`);
  const read = readerOf(view, format);
  const samples = new Int16Array(frames);
  for (let frame = 0, offset = start; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, offset += bits / 8) sum += read(offset);
    samples[frame] = Math.max(-32768, Math.min(32767, Math.round(sum / channels)));
  }
  return { samples, rate, channels, durationMs: (frames / rate) * 1000 };
}

/** Reads one sample as a number in the range of PCM16. */
function readerOf(view: DataView, { tag, bits }: Format): (offset: number) => number {
  if (tag === FLOAT) {
    const read = bits === 32 ? view.getFloat32.bind(view) : view.getFloat64.bind(view);
    return (offset) => {
      const value = read(offset, true);
      return Number.isNaN(value) ? 0 : value * 32767;
    };
  }
  switch (bits) {
    case 8:
      return (offset) => (view.getUint8(offset) - 128) * 256;
    case 16:
      return (offset) => view.getInt16(offset, true);
    case 24:
      return (offset) => view.getInt16(offset + 1, true) + view.getUint8(offset) / 256;
    default:
      return (offset) => view.getInt32(offset, true) / 65536;
  }
}

function ascii(view: DataView, offset: number, length: number): string {
  let text = '';
  for (let index = offset; index < Math.min(offset + length, view.byteLength); index++) {
    text += String.fromCharCode(view.getUint8(index));
  }
  return text;
}
