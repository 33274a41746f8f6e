// A microphone track that plays samples in real time, and silence otherwise.
import {
  AudioFrame,
  AudioResampler,
  AudioResamplerQuality,
  AudioSource,
  LocalAudioTrack,
  type LocalTrackPublication,
  type Room,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { muteTrack, within } from '../src/index.js';

/** The rate of the track; samples of other rates are resampled. */
const TRACK_RATE = 48_000;
const FRAME_MS = 20;
/** Long enough that a blocked event loop makes no gap in the audio. */
const QUEUE_MS = 400;
/** rtc-node can lose the callback of a frame, which never takes longer than the queue. */
const STALL_MS = 5000;

/** A command has no log. */
const STDERR = { warn: (_fields: object, message: string): void => console.error(message) };

/** When something was spoken, epoch ms. */
export interface Spoken {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

export class Microphone {
  readonly #room: Room;
  // A queue that is empty makes the source send silence by itself, as a live microphone does.
  readonly #source = new AudioSource(TRACK_RATE, 1, QUEUE_MS);
  #publication: LocalTrackPublication | undefined;
  #track: LocalAudioTrack | undefined;
  #speaking: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();
  #muted = false;
  #muting: Promise<void> = Promise.resolve();
  /** Unpublished because it cannot be muted: published again when it is unmuted. */
  #takenAway = false;

  constructor(room: Room) {
    this.#room = room;
  }

  /** The published track's sid; undefined while there is none. */
  get trackSid(): string | undefined {
    return this.#publication?.sid;
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** @param preConnectBuffer announces that pre-connect audio was recorded and will be sent */
  async publish(preConnectBuffer = false): Promise<void> {
    const track = LocalAudioTrack.createAudioTrack('microphone', this.#source);
    const options = new TrackPublishOptions({
      source: TrackSource.SOURCE_MICROPHONE,
      preconnectBuffer: preConnectBuffer,
    });
    this.#publication = await this.#participant().publishTrack(track, options);
    this.#track = track;
    if (this.#muted) await this.#applyMute();
  }

  async unpublish(): Promise<void> {
    const track = this.#track;
    const sid = this.#publication?.sid;
    this.#track = undefined;
    this.#publication = undefined;
    this.#takenAway = false;
    if (sid) await this.#participant().unpublishTrack(sid);
    await track?.close(false);
  }

  /** Unpublishes the track and publishes a new one, as a client does that changes its microphone. */
  async republish(): Promise<void> {
    await this.unpublish();
    await this.publish();
  }

  /** Resolves when somebody has subscribed to the track that is published now. */
  async waitForListener(): Promise<void> {
    await this.#publication?.waitForSubscription();
  }

  /** Samples that are spoken while muted are lost. */
  mute(): void {
    this.#setMuted(true);
  }

  unmute(): void {
    this.#setMuted(false);
  }

  /**
   * Plays samples in real time, after those that are already queued.
   *
   * @returns when it has left the microphone
   * @throws the signal's reason when aborted; what was not played yet is then dropped
   */
  speak(samples: Int16Array, rate: number, signal?: AbortSignal): Promise<Spoken> {
    const signals = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    const spoken = this.#speaking.then(() => this.#play(samples, rate, signals));
    this.#speaking = spoken.catch(() => undefined);
    return spoken;
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new Error('the microphone is closed'));
    this.#source.clearQueue();
    await this.#speaking;
    await this.#muting;
    await this.#track?.close(false);
    await this.#source.close();
  }

  async #play(samples: Int16Array, rate: number, signal: AbortSignal): Promise<Spoken> {
    signal.throwIfAborted();
    const clear = (): void => this.#source.clearQueue();
    signal.addEventListener('abort', clear, { once: true });
    try {
      const startedAtMs = Date.now();
      for (const frame of framesOf(samples, rate)) {
        await this.#capture(frame);
        signal.throwIfAborted();
      }
      await this.#source.waitForPlayout();
      signal.throwIfAborted();
      return { startedAtMs, endedAtMs: Date.now() };
    } finally {
      signal.removeEventListener('abort', clear);
    }
  }

  async #capture(frame: AudioFrame): Promise<void> {
    const taken = this.#source.captureFrame(frame).then(() => true);
    if (!(await within(taken, STALL_MS))) throw new Error(`the microphone took no sound for ${STALL_MS} ms`);
  }

  #setMuted(muted: boolean): void {
    this.#muted = muted;
    // One after the other; a room that is over has nobody to notify.
    this.#muting = this.#muting.then(() => this.#applyMute()).catch(() => {});
  }

  async #applyMute(): Promise<void> {
    const muted = this.#muted;
    if (this.#track && (await muteTrack(this.#track, muted, STDERR))) return;
    if (muted && this.#track) {
      await this.unpublish();
      this.#takenAway = true;
    } else if (!muted && this.#takenAway) {
      this.#takenAway = false;
      await this.publish();
    }
  }

  #participant() {
    const participant = this.#room.localParticipant;
    if (!participant) throw new Error('connect to a room first');
    return participant;
  }
}

/** Frames of about 20 ms at the track's rate, each with a buffer of its own, as rtc-node needs them. */
function* framesOf(samples: Int16Array, rate: number): Generator<AudioFrame> {
  const step = Math.max(1, Math.floor((rate * FRAME_MS) / 1000));
  const resampler =
    rate === TRACK_RATE ? undefined : new AudioResampler(rate, TRACK_RATE, 1, AudioResamplerQuality.HIGH);
  try {
    for (let from = 0; from < samples.length; from += step) {
      const part = samples.slice(from, from + step);
      const frame = new AudioFrame(part, rate, 1, part.length);
      if (resampler) yield* resampler.push(frame);
      else yield frame;
    }
    if (resampler) yield* resampler.flush();
    // The source keeps a rest of under 10 ms until more comes.
    yield AudioFrame.create(TRACK_RATE, 1, TRACK_RATE / 100);
  } finally {
    resampler?.close();
  }
}
