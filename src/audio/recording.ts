// Decodes pre-connect audio: opus in WebM, Ogg or MP4, or PCM16. Invalid data causes a RecordingError, nothing worse.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { durationMs, INPUT_RATE, joinSamples, type PcmChunk } from './pcm.js';

export interface RecordingFormat {
  readonly mimeType: string;
  /** Sample rate; needed for PCM16, which has no header. */
  readonly rate?: number;
  readonly channels?: number;
}

/** Why a recording cannot be used; the message is for the client. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/** A recording that lasts longer is refused: decoding it would keep a call waiting. */
const LONGEST_MS = 60_000;
/** After this many packets, about 5 ms of CPU, decoding yields to the event loop. */
const PACKETS_A_TURN = 25;

/** Limit of reads: a valid recording has at most 3,000 packets with a few reads each. */
const MOST_READS = 20_000;

type Container = 'webm' | 'ogg' | 'mp4';

/** @throws RecordingError */
export async function decodeRecording(bytes: Uint8Array, format: RecordingFormat): Promise<PcmChunk> {
  const container = containerOf(bytes);
  if (container) return decodeContainer(bytes, container);
  if (!isPcm(format.mimeType)) {
    throw new RecordingError(
      `holds neither WebM, Ogg nor MP4 (its type says ${format.mimeType || 'nothing'})`,
    );
  }
  return pcmOf(bytes, format);
}

/** Detects the container by its first bytes: clients send different MIME types, or none. */
function containerOf(bytes: Uint8Array): Container | undefined {
  if (bytes.length < 8) return undefined;
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, 8);
  if (magic.readUInt32BE(0) === 0x1a45dfa3) return 'webm';
  if (magic.toString('latin1', 0, 4) === 'OggS') return 'ogg';
  return magic.toString('latin1', 4, 8) === 'ftyp' ? 'mp4' : undefined;
}

/** LiveKit's Swift, Android and Flutter clients send PCM16 without a type of its own. */
function isPcm(mimeType: string): boolean {
  return ['', 'application/octet-stream', 'audio/pcm', 'audio/l16', 'audio/raw'].includes(
    mimeType.split(';')[0]?.trim().toLowerCase() ?? '',
  );
}

function pcmOf(bytes: Uint8Array, { rate = 48_000, channels = 1 }: RecordingFormat): PcmChunk {
  const isKnown =
    Number.isInteger(rate) && rate >= 8_000 && rate <= 48_000 && (channels === 1 || channels === 2);
  if (!isKnown)
    throw new RecordingError(`is PCM of ${rate} Hz and ${channels} channels, which is not decoded`);
  const frames = Math.floor(bytes.length / 2 / channels);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const samples = new Int16Array(frames);
  for (let frame = 0; frame < frames; frame += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      sum += view.getInt16((frame * channels + channel) * 2, true);
    }
    samples[frame] = sum / channels;
  }
  return checked({ samples, rate });
}

async function decodeContainer(bytes: Uint8Array, container: Container): Promise<PcmChunk> {
  // Loaded with the first recording: most calls have none.
  const { Input, BufferSource, EncodedPacketSink, MATROSKA, WEBM, OGG, MP4, QTFF } = await import(
    'mediabunny'
  );
  const formats = { webm: [WEBM, MATROSKA], ogg: [OGG], mp4: [MP4, QTFF] }[container];
  const source = new BufferSource(bytes);
  boundReads(source);
  const input = new Input({ source, formats });
  try {
    const track = await input.getPrimaryAudioTrack();
    if (!track) throw new RecordingError('holds no audio');
    const codec = await track.getCodec();
    if (codec !== 'opus')
      throw new RecordingError(`is ${codec ?? 'of an unknown codec'}: only opus is decoded`);
    const channels = await track.getNumberOfChannels();
    if (channels > 2) throw new RecordingError(`has ${channels} channels: at most 2 are decoded`);
    return await decodeOpus(new EncodedPacketSink(track).packets(), channels);
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    throw new RecordingError(`is a broken ${container} file`, { cause: error });
  } finally {
    input.dispose();
  }
}

/**
 * At an element with an invalid size mediabunny (1.61) reads the same position in an endless loop that never yields,
 * which would stop every call of the process. The read method is private API; a test proves that counting works.
 */
function boundReads(source: object): void {
  const reader = source as { _read(...range: readonly unknown[]): unknown };
  const read = reader._read.bind(source);
  let left = MOST_READS;
  reader._read = (...range) => {
    left -= 1;
    if (left < 0) throw new RecordingError('is broken: reading it does not end');
    return read(...range);
  };
}

async function decodeOpus(
  packets: AsyncIterable<{ readonly data: Uint8Array }>,
  channels: number,
): Promise<PcmChunk> {
  const { OpusDecoder } = await import('opus-decoder');
  const decoder = new OpusDecoder({
    sampleRate: INPUT_RATE,
    channels,
    streamCount: 1,
    coupledStreamCount: channels - 1,
    channelMappingTable: channels === 1 ? [0] : [0, 1],
  });
  await decoder.ready;
  try {
    const parts: Int16Array[] = [];
    let length = 0;
    let count = 0;
    for await (const { data } of packets) {
      const { channelData, errors } = decoder.decodeFrame(data);
      if (errors.length > 0) throw new RecordingError('holds opus that is broken');
      const part = mono(channelData);
      parts.push(part);
      length += part.length;
      if (length / INPUT_RATE > LONGEST_MS / 1000) break;
      count += 1;
      if (count % PACKETS_A_TURN === 0) await nextTurn();
    }
    return checked({ samples: joinSamples(parts), rate: INPUT_RATE });
  } finally {
    decoder.free();
  }
}

function checked(chunk: PcmChunk): PcmChunk {
  if (chunk.samples.length === 0) throw new RecordingError('is empty');
  if (durationMs(chunk) > LONGEST_MS) throw new RecordingError(`lasts longer than ${LONGEST_MS / 1000} s`);
  return chunk;
}

function mono(channels: readonly Float32Array[]): Int16Array {
  const samples = new Int16Array(channels[0]?.length ?? 0);
  for (let at = 0; at < samples.length; at += 1) {
    let sum = 0;
    for (const channel of channels) sum += channel[at] ?? 0;
    const value = (sum / channels.length) * 32_768;
    samples[at] = Math.max(-32_768, Math.min(32_767, Math.round(value)));
  }
  return samples;
}
