// Pre-connect audio: speech that clients recorded before the agent joined, sent before their live microphone.
import { AudioFrame, AudioResampler, type ByteStreamReader } from '@livekit/rtc-node';
import { INPUT_FRAME_MS, INPUT_RATE, isVoiced, joinSamples, type PcmChunk } from '../audio/pcm.js';
import { decodeRecording, RecordingError } from '../audio/recording.js';
import { overlapOf, splice } from '../audio/splice.js';
import type { Logger } from '../util/log.js';
import type { FrameListener } from './port.js';
import type { StreamAdmission } from './stream-admission.js';

export interface PreConnectAudioOptions {
  readonly onRefused: (identity: string, reason: string) => void;
  /** Counts the streams that are open. */
  readonly admission: Pick<StreamAdmission, 'begin'>;
  readonly log: Logger;
}

/** Ten seconds of PCM at 48 kHz, which clients stop at, take a quarter of this. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_RECORDINGS = 16;
/** A client sends once it sees that the agent is active: measured 0.8 to 1.1 s after its track was subscribed. */
const ANNOUNCED_WITHIN_MS = 2_500;
/** A client that has begun to send has the recording already: what takes longer has no network to speak of. */
const RECEIVED_WITHIN_MS = 5_000;
/** A recording that was not used by then is outdated. */
const STALE_MS = 5_000;
/** What is repeated of a recording is looked for in this much of the live microphone. */
const COMPARED_MS = 1_500;
/** At least so much of it, or as much as comes within the time. */
const COMPARED_AT_LEAST_MS = 500;
const COMPARED_WITHIN_MS = 800;
/** Silence before the first word that is left of it. */
const LEAD_MS = 400;
/** Four times real time: the service's detection of speech has to keep up. */
const FRAMES_A_TICK = 4;
const FRAME = (INPUT_RATE * INPUT_FRAME_MS) / 1000;

export class PreConnectAudio {
  readonly #options: PreConnectAudioOptions;
  /** By the track that they belong to; undefined where there is nothing to hear. */
  readonly #recordings = new Map<string, Promise<Int16Array | undefined>>();
  readonly #announced = new Map<string, () => void>();
  /** Tracks whose beginning has been heard, or given up. */
  readonly #begun = new Set<string>();

  constructor(options: PreConnectAudioOptions) {
    this.#options = options;
  }

  /** A client begins to send a recording. */
  receive(reader: ByteStreamReader, identity: string): void {
    const { trackId = '' } = reader.info.attributes ?? {};
    const key = keyOf(identity, trackId);
    const refusal = this.#refusal(key, trackId);
    if (refusal !== undefined) {
      void reader.close();
      this.#options.onRefused(identity, refusal);
      return;
    }
    const end = this.#options.admission.begin(identity);
    const recording = this.#read(reader)
      .finally(end)
      .catch((error: unknown) => {
        const reason = error instanceof RecordingError ? error.message : 'could not be received';
        this.#options.log.warn({ err: error, identity, trackId }, 'pre-connect audio was refused');
        this.#options.onRefused(identity, reason);
        return undefined;
      });
    this.#recordings.set(key, recording);
    this.#announced.get(key)?.();
    void recording.finally(() => {
      setTimeout(() => this.#forget(key), STALE_MS).unref();
    });
  }

  /**
   * Gives frames of a track to a listener, those of its recording first.
   * @param expected whether its client says that there is one
   */
  before(identity: string, trackSid: string, expected: boolean, onFrame: FrameListener): LiveFrames {
    const key = keyOf(identity, trackSid);
    if (this.#begun.has(key) || !(expected || this.#recordings.has(key))) {
      return { push: onFrame, stop: () => {} };
    }
    const begin = new Beginning(onFrame, () => {
      this.#begun.add(key);
      this.#forget(key);
    });
    void this.#recordingOf(key).then((recording) => begin.continueFrom(recording));
    return begin;
  }

  #refusal(key: string, trackId: string): string | undefined {
    if (trackId === '') return 'names no track (attribute trackId)';
    if (this.#begun.has(key)) return 'came too late: its microphone is being heard already';
    if (this.#recordings.has(key)) return 'is the second of one track';
    return this.#recordings.size >= MAX_RECORDINGS ? 'is one of too many at once' : undefined;
  }

  async #recordingOf(key: string): Promise<Int16Array | undefined> {
    if (!this.#recordings.has(key)) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ANNOUNCED_WITHIN_MS);
        this.#announced.set(key, () => {
          clearTimeout(timer);
          resolve();
        });
      });
      this.#announced.delete(key);
    }
    return this.#recordings.get(key);
  }

  async #read(reader: ByteStreamReader): Promise<Int16Array> {
    const deadline = setTimeout(() => void reader.close(), RECEIVED_WITHIN_MS);
    const parts: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const part of reader) {
        parts.push(part);
        size += part.length;
        if (size > MAX_BYTES) throw new RecordingError(`is larger than ${MAX_BYTES} bytes`);
      }
    } finally {
      clearTimeout(deadline);
    }
    const { mimeType, attributes = {} } = reader.info;
    const decoded = await decodeRecording(Buffer.concat(parts), {
      mimeType,
      ...numberOf('rate', attributes.sampleRate),
      ...numberOf('channels', attributes.channels),
    });
    return withoutLead(atInputRate(decoded));
  }

  #forget(key: string): void {
    this.#recordings.delete(key);
  }
}

/** Takes the frames of a microphone as they come. */
export interface LiveFrames {
  readonly push: FrameListener;
  stop(): void;
}

/** Holds the live microphone until it is known what was said before, then catches up. */
class Beginning implements LiveFrames {
  readonly #onFrame: FrameListener;
  readonly #onBegun: () => void;
  /** What is still to be given, oldest first. */
  #waiting: PcmChunk[] = [];
  #recording: Int16Array | undefined;
  #phase: 'waiting' | 'comparing' | 'catching-up' | 'live' | 'stopped' = 'waiting';
  #timer: NodeJS.Timeout | undefined;

  constructor(onFrame: FrameListener, onBegun: () => void) {
    this.#onFrame = onFrame;
    this.#onBegun = onBegun;
  }

  readonly push = (chunk: PcmChunk): void => {
    if (this.#phase === 'live') this.#onFrame(chunk);
    else if (this.#phase !== 'stopped') this.#waiting.push(chunk);
    if (this.#phase === 'comparing') this.#compare();
  };

  /** The recording is there, or there will be none. */
  continueFrom(recording: Int16Array | undefined): void {
    if (this.#phase !== 'waiting') return;
    this.#onBegun();
    if (!recording) {
      this.#catchUp();
      return;
    }
    this.#recording = recording;
    this.#phase = 'comparing';
    this.#timer = setTimeout(() => this.#join(), COMPARED_WITHIN_MS);
    this.#compare();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#phase = 'stopped';
    this.#waiting = [];
  }

  #compare(): void {
    if (this.#waiting.length * INPUT_FRAME_MS >= COMPARED_AT_LEAST_MS) this.#join();
  }

  #join(): void {
    clearTimeout(this.#timer);
    const recorded = this.#recording ?? new Int16Array(0);
    this.#recording = undefined;
    const live = joinSamples(
      this.#waiting.slice(0, COMPARED_MS / INPUT_FRAME_MS).map(({ samples }) => samples),
    );
    const before = splice(recorded, live, overlapOf(recorded, live));
    // The first live frame was blended with what comes before it.
    const first = this.#waiting[0];
    if (first) first.samples.set(live.subarray(0, first.samples.length));
    this.#waiting.unshift(...framesOf(before));
    this.#catchUp();
  }

  #catchUp(): void {
    this.#phase = 'catching-up';
    for (const chunk of this.#waiting.splice(0, FRAMES_A_TICK)) this.#onFrame(chunk);
    if (this.#stopped) return;
    if (this.#waiting.length === 0) this.#phase = 'live';
    else this.#timer = setTimeout(() => this.#catchUp(), INPUT_FRAME_MS);
  }

  /** The listener may have stopped while it took a frame. */
  get #stopped(): boolean {
    return this.#phase === 'stopped';
  }
}

function keyOf(identity: string, trackSid: string): string {
  return `${trackSid} ${identity}`;
}

function numberOf<const K extends string>(key: K, text: string | undefined): Partial<Record<K, number>> {
  return text === undefined ? {} : ({ [key]: Number(text) } as Record<K, number>);
}

function atInputRate({ samples, rate }: PcmChunk): Int16Array {
  if (rate === INPUT_RATE) return samples;
  const resampler = new AudioResampler(rate, INPUT_RATE, 1);
  const frames = [...resampler.push(new AudioFrame(samples, rate, 1, samples.length)), ...resampler.flush()];
  resampler.close();
  return joinSamples(frames.map(({ data }) => data));
}

/** A minute of silence before the first word would only delay it. */
function withoutLead(samples: Int16Array): Int16Array {
  let at = 0;
  while (
    at + FRAME <= samples.length &&
    !isVoiced({ samples: samples.subarray(at, at + FRAME), rate: INPUT_RATE })
  ) {
    at += FRAME;
  }
  return samples.subarray(Math.max(0, at - (LEAD_MS / INPUT_FRAME_MS) * FRAME));
}

/** Frames that own their memory; what does not fill one is missing at the beginning. */
function framesOf(samples: Int16Array): PcmChunk[] {
  const frames: PcmChunk[] = [];
  for (let at = samples.length % FRAME; at < samples.length; at += FRAME) {
    frames.push({ samples: samples.slice(at, at + FRAME), rate: INPUT_RATE });
  }
  return frames;
}
