// The agent's voice: one published track, fed frame by frame through a 400 ms AudioSource.
import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  type LocalParticipant,
  type LocalTrackPublication,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { OUTPUT_RATE } from '../audio/pcm.js';
import { abortable, within } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import type { Voice } from './port.js';

/** A loop that is blocked for 300 ms is not heard with this, and clearing it takes no longer than a shorter one. */
const QUEUE_MS = 400;
const UNPUBLISH_WITHIN_MS = 1_000;

export class LiveKitVoice implements Voice {
  readonly #source: AudioSource;
  readonly #track: LocalAudioTrack;
  readonly #publication: LocalTrackPublication;

  private constructor(source: AudioSource, track: LocalAudioTrack, publication: LocalTrackPublication) {
    this.#source = source;
    this.#track = track;
    this.#publication = publication;
  }

  static async publish(participant: LocalParticipant): Promise<LiveKitVoice> {
    const source = new AudioSource(OUTPUT_RATE, 1, QUEUE_MS);
    const track = LocalAudioTrack.createAudioTrack('voice', source);
    try {
      const options = new TrackPublishOptions();
      options.source = TrackSource.SOURCE_MICROPHONE;
      return new LiveKitVoice(source, track, await participant.publishTrack(track, options));
    } catch (error) {
      await track.close();
      throw error;
    }
  }

  /** Changes when the track is published again after a full reconnect. */
  get trackSid(): string {
    return this.#publication.sid ?? '';
  }

  get queuedMs(): number {
    return this.#source.queuedDuration;
  }

  capture(samples: Int16Array): Promise<void> {
    return this.#source.captureFrame(new AudioFrame(samples, OUTPUT_RATE, 1, samples.length));
  }

  clear(): void {
    this.#source.clearQueue();
  }

  waitForListener(signal: AbortSignal): Promise<void> {
    return abortable(this.#publication.waitForSubscription(), signal);
  }

  async unpublish(participant: LocalParticipant): Promise<void> {
    await participant.unpublishTrack(this.trackSid);
  }

  /** With the track: it keeps the native source, and that a thread, until JavaScript's memory is collected. */
  async close(): Promise<void> {
    await this.#track.close();
  }
}

/**
 * Before the server ends the connection: rtc-node (0.13.35) keeps the published track of such a connection, its source
 * and that one's thread. Never rejects.
 */
export async function unpublishVoice(
  publishing: Promise<LiveKitVoice>,
  participant: LocalParticipant,
  log: Pick<Logger, 'debug'>,
): Promise<void> {
  const unpublished = publishing
    .then((voice) => voice.unpublish(participant))
    .catch((error: unknown) => log.debug({ err: error }, 'the voice was not unpublished'));
  await within(unpublished, UNPUBLISH_WITHIN_MS);
}
