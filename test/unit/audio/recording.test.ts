// Recordings as browsers and phones make them become sound; anything else becomes an error that says why.
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import {
  ALL_FORMATS,
  BufferSource,
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  Input,
  OggOutputFormat,
  Output,
} from 'mediabunny';
import { expect, test } from 'vitest';
import { durationMs, type PcmChunk } from '../../../src/audio/pcm.js';
import { decodeRecording, RecordingError } from '../../../src/audio/recording.js';
import { overlapOf } from '../../../src/audio/splice.js';
import { readFixture } from '../../support/fixtures.js';
import { silence, sine } from '../../support/tone.js';

const read = (name: string): Promise<Buffer> => readFile(new URL(`../../fixtures/${name}`, import.meta.url));
const WEBM = { mimeType: 'audio/webm;codecs=opus' };

/** The same packets in an Ogg file. */
async function asOgg(bytes: Uint8Array): Promise<Uint8Array> {
  const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  const track = await input.getPrimaryAudioTrack();
  const decoderConfig = (await track?.getDecoderConfig()) ?? undefined;
  if (!track || !decoderConfig) throw new Error('the fixture holds no audio');
  const target = new BufferTarget();
  const output = new Output({ format: new OggOutputFormat(), target });
  const source = new EncodedAudioPacketSource('opus');
  output.addAudioTrack(source);
  await output.start();
  for await (const packet of new EncodedPacketSink(track).packets())
    await source.add(packet, { decoderConfig });
  await output.finalize();
  return new Uint8Array(target.buffer ?? new ArrayBuffer(0));
}

/** Whether a stretch of the clip is in what was decoded. */
async function holdsTheClip({ samples, rate }: PcmChunk): Promise<boolean> {
  const { samples: clip } = await readFixture('goforward');
  // From its middle to its end: what precedes it in the recording depends on when recording began.
  const half = clip.subarray(clip.length >> 1);
  for (let endMs = 0; endMs <= 300; endMs += 20) {
    const end = samples.length - (endMs * rate) / 1000;
    if (overlapOf(samples.subarray(0, end), half.subarray(-24_000)) > 20_000) return true;
  }
  return false;
}

test.each([
  ['WebM as Chromium records it', () => read('goforward.webm'), WEBM],
  ['MP4 with opus', () => read('goforward.mp4'), { mimeType: 'video/mp4' }],
  ['Ogg', async () => asOgg(await read('goforward.webm')), { mimeType: 'audio/ogg' }],
  ['WebM under a wrong type', () => read('goforward.webm'), { mimeType: 'application/octet-stream' }],
])('%s is decoded to 16 kHz', async (_name, bytes, format) => {
  const decoded = await decodeRecording(await bytes(), format);
  expect(decoded.rate).toBe(16_000);
  expect(durationMs(decoded)).toBeGreaterThan(2_700);
  expect(durationMs(decoded)).toBeLessThan(3_300);
  expect(await holdsTheClip(decoded)).toBe(true);
});

test('PCM of one or two channels keeps its rate and becomes mono', async () => {
  const left = sine(440, 200, 24_000);
  const stereo = new Int16Array(left.length * 2);
  for (const [at, sample] of left.entries()) stereo.set([sample, 0], at * 2);
  const bytes = (samples: Int16Array) =>
    new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const mono = await decodeRecording(bytes(left), { mimeType: '', rate: 24_000, channels: 1 });
  expect(mono).toEqual({ samples: left, rate: 24_000 });
  const mixed = await decodeRecording(bytes(stereo), { mimeType: 'audio/pcm', rate: 24_000, channels: 2 });
  expect(mixed.samples).toEqual(left.map((sample) => sample / 2));
});

test.each([
  ['nothing', new Uint8Array(0), WEBM, 'holds neither WebM, Ogg nor MP4'],
  ['text', Buffer.from('not a recording at all'), { mimeType: 'text/plain' }, 'its type says text/plain'],
  ['an empty recording', new Uint8Array(1), { mimeType: 'audio/pcm' }, 'is empty'],
  ['PCM of a rate that is none', new Uint8Array(100), { mimeType: '', rate: Number.NaN }, 'NaN Hz'],
  ['PCM of many channels', new Uint8Array(100), { mimeType: '', channels: 6 }, '6 channels'],
  ['a minute of PCM', new Uint8Array(61 * 16_000 * 2), { mimeType: '', rate: 16_000 }, 'longer than 60 s'],
  ['the head of a WebM file', Buffer.from('1a45dfa3', 'hex'), { mimeType: 'audio/webm' }, 'neither'],
])('%s is refused with its reason', async (_name, bytes, format, reason) => {
  const error = await decodeRecording(bytes, format).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(RecordingError);
  expect((error as Error).message).toContain(reason);
});

test('AAC, which iOS records, is refused by its name', async () => {
  const file = await read('goforward.mp4');
  // The sample entry of opus, in an otherwise whole file.
  const aac = Buffer.from(file);
  aac.write('mp4a', aac.indexOf('Opus', 0, 'latin1'), 'latin1');
  await expect(decodeRecording(aac, { mimeType: 'video/mp4' })).rejects.toThrow(/only opus is decoded/);
});

test('a file in which an element has a broken size is refused, where its reader would search without end', async () => {
  const file = new Uint8Array(await read('goforward.webm'));
  const cluster = Buffer.from('1f43b675', 'hex');
  // The last cluster, behind which nothing ends the search.
  file[Buffer.from(file).lastIndexOf(cluster) + cluster.length] = 0;
  await expect(decodeRecording(file, WEBM)).rejects.toThrow('reading it does not end');
});

test('a file that is cut off or broken gives what can be heard of it, or an error, and never hangs', async () => {
  const whole = await read('goforward.webm');
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: whole.length }),
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }),
      async (length, changes) => {
        const bytes = new Uint8Array(whole);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          const decoded = await decodeRecording(bytes.subarray(0, length), WEBM);
          expect(durationMs(decoded)).toBeLessThanOrEqual(60_000);
        } catch (error) {
          expect(error).toBeInstanceOf(RecordingError);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('silence is a recording as well', async () => {
  const samples = silence(100, 16_000);
  const bytes = new Uint8Array(samples.buffer);
  expect(await decodeRecording(bytes, { mimeType: '', rate: 16_000 })).toEqual({ samples, rate: 16_000 });
});
