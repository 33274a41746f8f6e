// Lane: plays the model's speech, and stops in the tick in which clear() is called.
import { OUTPUT_RATE, type PcmChunk } from '../audio/pcm.js';
import { Playout, type PlayoutSink } from '../audio/playout.js';
import type { Played } from '../audio/recent-audio.js';
import type { Logger } from '../util/log.js';

export interface AudioOutOptions {
  readonly voice: PlayoutSink;
  /** Resamples to 24 kHz; called only for audio of another rate. */
  readonly resample: (chunk: PcmChunk) => PcmChunk;
  readonly onProgress: (heard: number) => void;
  /** The voice has stalled: queued audio will not be heard. */
  readonly onStall: () => void;
  readonly log: Logger;
}

export interface AudioOut {
  play(chunk: PcmChunk): void;
  flush(): void;
  clear(): void;
  /** Falls silent at once and keeps what was not heard; false where nothing is being played. */
  hold(): boolean;
  resume(): void;
  /** What is being played, at 24 kHz. */
  readonly played: Played;
  readonly written: number;
  readonly heard: number;
  readonly underruns: number;
  close(): void;
}

export function attachAudioOut(options: AudioOutOptions): AudioOut {
  const playout = new Playout({
    sink: options.voice,
    onProgress: options.onProgress,
    onStall: options.onStall,
    onError: (error) => options.log.warn({ err: error }, 'a frame of speech was lost'),
  });
  return {
    play: (chunk) => playout.write((chunk.rate === OUTPUT_RATE ? chunk : options.resample(chunk)).samples),
    flush: () => playout.flush(),
    clear: () => void playout.clear(),
    hold: () => playout.hold(),
    resume: () => playout.resume(),
    played: playout,
    get written() {
      return playout.written;
    },
    get heard() {
      return playout.heard;
    },
    get underruns() {
      return playout.underruns;
    },
    close: () => playout.close(),
  };
}
