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
import { abortable } from '../util/abort.js';
import type { Voice } from './port.js';

/** A loop that is blocked for 300 ms is not heard with this, and clearing it takes no longer than a shorter one. */
const QUEUE_MS = 400;

export class LiveKitVoice implements Voice {
  readonly #source: AudioSource;
  readonly #publication: LocalTrackPublication;

  private constructor(source: AudioSource, publication: LocalTrackPublication) {
    this.#source = source;
    this.#publication = publication;
  }

  static async publish(participant: LocalParticipant): Promise<LiveKitVoice> {
    const source = new AudioSource(OUTPUT_RATE, 1, QUEUE_MS);
    try {
      const track = LocalAudioTrack.createAudioTrack('voice', source);
      const options = new TrackPublishOptions();
      options.source = TrackSource.SOURCE_MICROPHONE;
      return new LiveKitVoice(source, await participant.publishTrack(track, options));
    } catch (error) {
      await source.close();
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

  async close(): Promise<void> {
    await this.#source.close();
  }
}
