// Decodes what a client has recorded: opus in WebM, Ogg or MP4, or plain PCM16. Whatever the data is, an error at worst.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { durationMs, INPUT_RATE, joinSamples, type PcmChunk } from './pcm.js';

export interface RecordingFormat {
  readonly mimeType: string;
  /** Of PCM16, whose bytes say nothing of it. */
  readonly rate?: number;
  readonly channels?: number;
}

/** Says in words for the client why a recording cannot be heard. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/** A recording that lasts longer is refused: decoding it would keep a call waiting. */
const LONGEST_MS = 60_000;
/** So many packets are decoded before the loop gets its turn: about 5 ms of CPU. */
const PACKETS_A_TURN = 25;

/** A whole recording takes a few reads for each of its 3,000 packets at most. */
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

/** By its first bytes: clients do not agree on types, and some name none. */
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
  // Loaded by the first recording: most workers never get one.
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
 * At an element whose size is broken mediabunny (1.61) searches the same place again without end, and never yields:
 * every call of the process would fall silent. Its one way to the bytes is private; a test shows that this ends it.
 */
function boundReads(source: object): void {
  const reader = source as { _read(...range: readonly unknown[]): unknown };
  const read = reader._read.bind(source);
  let left = MOST_READS;
  reader._read = (...range) => {
    left -= 1;
    if (left < 0) throw new RecordingError('is broken: reading it comes to no end');
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
