// Hears the audio tracks that a participant is subscribed to, and records each speaker in real time.
import { type AudioFrame, AudioStream, type RemoteParticipant, type RemoteTrack } from '@livekit/rtc-node';
import { RECORDING_RATE, Recording, type RecordingOptions } from './recording.js';

/** Half the events of rtc-node's default of 10 ms. */
const FRAME_MS = 20;

/**
 * Hears a frame of 20 ms, or silence for as long as nothing came between two tracks.
 * Mono, 24 kHz, not used again; `atMs` is when it ended.
 */
export type HearFrame = (identity: string, samples: Int16Array, atMs: number) => void;

export class TrackRecorder {
  readonly #recordings = new Map<string, Recording>();
  readonly #readers = new Map<string, ReadableStreamDefaultReader<AudioFrame>>();
  readonly #options: RecordingOptions;
  readonly #onFrame: HearFrame;
  #closed = false;

  constructor(options: RecordingOptions, onFrame: HearFrame) {
    this.#options = options;
    this.#onFrame = onFrame;
  }

  /** Hears a track until it ends, `ignore()` is called or this is closed. */
  hear(track: RemoteTrack, { identity }: RemoteParticipant): void {
    const sid = track.sid;
    // A track that is subscribed while the room is being left would be heard in native code until the process ends.
    if (this.#closed || sid === undefined || this.#readers.has(sid)) return;
    const stream = new AudioStream(track, {
      sampleRate: RECORDING_RATE,
      numChannels: 1,
      frameSizeMs: FRAME_MS,
    });
    const reader = stream.getReader();
    this.#readers.set(sid, reader);
    void this.#pump(sid, identity, reader);
  }

  /** Stops hearing a track. */
  ignore(trackSid: string): void {
    const reader = this.#readers.get(trackSid);
    this.#readers.delete(trackSid);
    // A stream that ended already refuses to be cancelled, which is what is wanted.
    reader?.cancel().catch(() => undefined);
  }

  recording(identity: string | undefined): Recording {
    const known = identity === undefined ? undefined : this.#recordings.get(identity);
    return known ?? new Recording(this.#options);
  }

  close(): void {
    this.#closed = true;
    for (const sid of [...this.#readers.keys()]) this.ignore(sid);
  }

  async #pump(sid: string, identity: string, reader: ReadableStreamDefaultReader<AudioFrame>): Promise<void> {
    let recording: Recording | undefined;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || this.#readers.get(sid) !== reader) break;
        const atMs = Date.now();
        recording ??= this.#beginAt(identity, atMs - FRAME_MS);
        this.#take(recording, identity, value.data, atMs);
      }
    } finally {
      if (this.#readers.get(sid) === reader) this.#readers.delete(sid);
    }
  }

  #beginAt(identity: string, atMs: number): Recording {
    const recording = this.#recordings.get(identity) ?? new Recording(this.#options);
    this.#recordings.set(identity, recording);
    const missing = recording.begin(atMs);
    if (missing > 0) this.#take(recording, identity, new Int16Array(missing), atMs);
    return recording;
  }

  #take(recording: Recording, identity: string, samples: Int16Array, atMs: number): void {
    recording.append(samples);
    this.#onFrame(identity, samples, atMs);
  }
}
