// The person of a call: speaks tones into the room and hears the subject's voice in frames of 10 ms.
import { once } from 'node:events';
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
import { rmsOf, tone } from '../tone.js';
import { HEARD_FRAME_MS, Hearing } from './hearing.js';

const SPOKEN_RATE = 48_000;
const HEARD_RATE = 24_000;
const TONE_HZ = 1_000;
/** Long enough for any tone that is captured at once. */
const QUEUE_MS = 1_000;
const FRAME_MS = 20;

export class Person implements AsyncDisposable {
  readonly hearing = new Hearing();
  readonly #room = new Room();
  readonly #source = new AudioSource(SPOKEN_RATE, 1, QUEUE_MS);
  #published: (atMs: number) => void = () => {};
  /** When the room had the subject's voice, in ms of performance.now(). */
  readonly voicePublishedAtMs = new Promise<number>((resolve) => {
    this.#published = resolve;
  });
  #reader: ReadableStreamDefaultReader<AudioFrame> | undefined;

  async join(url: string, token: string): Promise<void> {
    ignoreOthers(this.#room);
    this.#room.on(RoomEvent.TrackPublished, ({ kind }) => {
      if (kind === TrackKind.KIND_AUDIO) this.#published(performance.now());
    });
    this.#room.on(RoomEvent.TrackSubscribed, (track) => {
      if (track.kind === TrackKind.KIND_AUDIO) this.#hear(track);
    });
    await this.#room.connect(url, token, { autoSubscribe: true, dynacast: false });
    const track = LocalAudioTrack.createAudioTrack('microphone', this.#source);
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
    await this.#room.localParticipant?.publishTrack(track, options);
  }

  /** A short tone, captured in one piece; returns when it was handed to the source, whose queue is empty. */
  burst(durationMs: number): number {
    const samples = tone(TONE_HZ, durationMs, SPOKEN_RATE);
    const atMs = performance.now();
    void this.#source.captureFrame(new AudioFrame(samples, SPOKEN_RATE, 1, samples.length));
    return atMs;
  }

  /** Speaks a tone at its real pace, in frames as a microphone gives them. */
  async speak(durationMs: number): Promise<void> {
    const samples = tone(TONE_HZ, durationMs, SPOKEN_RATE);
    const step = (SPOKEN_RATE * FRAME_MS) / 1000;
    for (let from = 0; from < samples.length; from += step) {
      const frame = samples.slice(from, from + step);
      await this.#source.captureFrame(new AudioFrame(frame, SPOKEN_RATE, 1, frame.length));
    }
    await this.#source.waitForPlayout();
  }

  /** Resolves when everybody else has left. */
  async alone(): Promise<void> {
    while (this.#room.remoteParticipants.size > 0) {
      await once(this.#room as unknown as NodeJS.EventEmitter, RoomEvent.ParticipantDisconnected);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader?.cancel().catch(() => undefined);
    await this.#room.disconnect();
    await this.#source.close();
  }

  #hear(track: RemoteTrack): void {
    const stream = new AudioStream(track, {
      sampleRate: HEARD_RATE,
      numChannels: 1,
      frameSizeMs: HEARD_FRAME_MS,
    });
    const reader = stream.getReader();
    this.#reader = reader;
    void this.#listen(reader);
  }

  async #listen(reader: ReadableStreamDefaultReader<AudioFrame>): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.hearing.note(rmsOf(value.data));
    }
  }
}

/** A Room of rtc-node is handed the events of all rooms and frames of the process: many people would use a core for it. */
function ignoreOthers(room: Room): void {
  const internals = room as unknown as { onFfiEvent: (event: { message: { case?: string } }) => unknown };
  const { onFfiEvent } = internals;
  internals.onFfiEvent = (event) => (event.message.case === 'roomEvent' ? onFfiEvent(event) : undefined);
}
