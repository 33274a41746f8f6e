// Finds out which of several open microphones has speech: the energy of a keyboard beside a soft voice is that of a voice.
import { isVoiced, type PcmChunk } from '../audio/pcm.js';
import {
  type SpeechDetector,
  type VoiceActivity,
  WINDOW_MS,
  WINDOW_SAMPLES,
} from '../audio/voice-activity.js';
import type { Named, VoiceLog } from './voice-log.js';

const SPEECH_FROM = 0.5;

interface Microphone {
  readonly detector: SpeechDetector;
  /** Positions of the windows that are being judged. */
  readonly windows: number[];
  samples: number;
}

export class SpeechFinder<T extends Named> {
  readonly #log: VoiceLog<T>;
  readonly #openDetection: () => VoiceActivity;
  readonly #microphones = new Map<string, Microphone>();
  #open: ReadonlySet<string> = new Set();

  constructor(log: VoiceLog<T>, openDetection: () => VoiceActivity) {
    this.#log = log;
    this.#openDetection = openDetection;
  }

  /** The open microphones: a single one needs no judgement. */
  keep(sids: ReadonlySet<string>): void {
    this.#open = sids;
    for (const [sid, { detector }] of this.#microphones) {
      if (sids.size > 1 && sids.has(sid)) continue;
      detector.close();
      this.#microphones.delete(sid);
    }
  }

  /** A frame of an open microphone. Silence costs nothing. */
  frame(who: T, chunk: PcmChunk): void {
    if (this.#open.size < 2 || !isVoiced(chunk)) return;
    const microphone = this.#microphones.get(who.sid) ?? this.#follow(who);
    microphone.samples += chunk.samples.length;
    for (; microphone.samples >= WINDOW_SAMPLES; microphone.samples -= WINDOW_SAMPLES)
      microphone.windows.push(this.#log.positionMs);
    microphone.detector.push(chunk);
  }

  close(): void {
    this.keep(new Set());
  }

  #follow(who: T): Microphone {
    const windows: number[] = [];
    const detector = this.#openDetection().detect((probability) => {
      const atMs = windows.shift();
      if (atMs !== undefined && probability >= SPEECH_FROM) this.#log.speech(who, atMs, WINDOW_MS);
    });
    const microphone = { detector, windows, samples: 0 };
    this.#microphones.set(who.sid, microphone);
    return microphone;
  }
}
