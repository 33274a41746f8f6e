// The least that a bridge can be: microphone to Live API, Live API to voice, silence when interrupted.
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  type RemoteTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { WebSocket } from 'ws';
import { base64Of, samplesOf } from '../tone.js';
import type { Settings } from './messages.js';

const INPUT_RATE = 16_000;
const OUTPUT_RATE = 24_000;
const FRAME_MS = 20;
const QUEUE_MS = 400;
const FRAME_SAMPLES = (OUTPUT_RATE * FRAME_MS) / 1000;

interface ServerMessage {
  readonly setupComplete?: object;
  readonly serverContent?: {
    readonly interrupted?: boolean;
    readonly modelTurn?: { readonly parts?: readonly { readonly inlineData?: { readonly data?: string } }[] };
  };
}

export interface BareOptions {
  /** Holds everything back for so long, in both directions. */
  readonly delayMs?: number;
}

/** Resolves when it bridges; what it resolves with ends it. */
export async function runBare(
  settings: Settings,
  { delayMs = 0 }: BareOptions = {},
): Promise<() => Promise<void>> {
  const later = (act: () => void): void => {
    if (delayMs === 0) act();
    else setTimeout(act, delayMs);
  };
  const room = new Room();
  const socket = await openSession(settings);
  const voice = new BareVoice();
  room.on(RoomEvent.TrackSubscribed, (track) => {
    if (track.kind === TrackKind.KIND_AUDIO) {
      void readMicrophone(track, (frame) => later(() => socket.send(frame)));
    }
  });
  socket.on('message', (data) => {
    const { serverContent } = JSON.parse(String(data)) as ServerMessage;
    later(() => {
      if (serverContent?.interrupted) voice.clear();
      for (const { inlineData } of serverContent?.modelTurn?.parts ?? []) {
        if (inlineData?.data) voice.play(samplesOf(inlineData.data));
      }
    });
  });
  await room.connect(settings.url, settings.token, { autoSubscribe: true, dynacast: false });
  const track = LocalAudioTrack.createAudioTrack('voice', voice.source);
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
  await room.localParticipant?.publishTrack(track, options);
  return async () => {
    socket.close(1000);
    await room.disconnect();
    await voice.source.close();
  };
}

async function openSession({ baseUrl, model }: Settings): Promise<WebSocket> {
  const socket = new WebSocket(baseUrl.replace(/^http/, 'ws'));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => {
      const generationConfig = { responseModalities: ['AUDIO'] };
      socket.send(JSON.stringify({ setup: { model: `models/${model}`, generationConfig } }));
    });
    socket.once('message', () => resolve());
  });
  return socket;
}

async function readMicrophone(track: RemoteTrack, send: (frame: string) => void): Promise<void> {
  const stream = new AudioStream(track, { sampleRate: INPUT_RATE, numChannels: 1, frameSizeMs: FRAME_MS });
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const audio = { data: base64Of(next.value.data), mimeType: `audio/pcm;rate=${INPUT_RATE}` };
    send(JSON.stringify({ realtimeInput: { audio } }));
  }
}

class BareVoice {
  readonly source = new AudioSource(OUTPUT_RATE, 1, QUEUE_MS);
  #chunks: Int16Array[] = [];
  #pumping = false;

  play(samples: Int16Array): void {
    this.#chunks.push(samples);
    if (!this.#pumping) void this.#pump();
  }

  clear(): void {
    this.#chunks = [];
    this.source.clearQueue();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    for (let chunk = this.#chunks.shift(); chunk; chunk = this.#chunks.shift()) {
      const { length } = chunk;
      const epoch = this.#chunks;
      for (let from = 0; from < length && epoch === this.#chunks; from += FRAME_SAMPLES) {
        const frame = chunk.slice(from, from + FRAME_SAMPLES);
        await this.source.captureFrame(new AudioFrame(frame, OUTPUT_RATE, 1, frame.length));
      }
    }
    this.#pumping = false;
  }
}
