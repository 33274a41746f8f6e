// Lane: local barge-in (`listen.bargeIn`): holds the voice when a person speaks over it, before the service decides.
import type { PcmChunk } from '../audio/pcm.js';
import { type SpeechDetector, SpeechState, type VoiceActivity, WINDOW_MS } from '../audio/voice-activity.js';
import type { RemoteTrack } from '../room/port.js';

/** A window of speech begins a hold: a person who has to shout over the voice for longer believes not to be heard. */
const STARTS_AT = 0.6;
/** Below it nothing begins or ends speech. */
const SILENCE = 0.3;
/** So long after its onset speech still holds a voice that begins meanwhile. */
const ONSET_MS = 300;
/** Speech that goes on for so long is no cough and no "mm-hm". */
const CONFIRM_MS = 400;
/** Silence after which it was one. */
const OVER_MS = 250;
/** A hold ends after this time in any case. */
const HELD_AT_MOST_MS = 2_000;

/** Removes the voice that comes back through a loudspeaker from a microphone's frames. */
export interface EchoCanceller {
  /** Whether speech that was found in what clean() has left just now is a person's, not the agent's voice. */
  isPerson(): boolean;
  /** Returns what is left of the frame; the frame itself is not changed. */
  clean(chunk: PcmChunk): PcmChunk;
  close(): void;
}

export interface BargeInOptions {
  readonly openDetection: () => VoiceActivity;
  readonly openCanceller: () => EchoCanceller;
  /** Falls silent; false where nothing is being played. */
  readonly hold: () => boolean;
  readonly resume: () => void;
  /** Ends the answer. */
  readonly interrupt: () => void;
}

interface Follower {
  readonly detector: SpeechDetector;
  readonly canceller: EchoCanceller;
}

export class BargeIn {
  readonly #options: BargeInOptions;
  readonly #followers = new Map<string, Follower>();
  /** The microphone whose speech holds the voice, and how much of it there was. */
  #held: { readonly sid: string; speechMs: number; readonly timer: NodeJS.Timeout } | undefined;

  constructor(options: BargeInOptions) {
    this.#options = options;
  }

  /** A frame of a microphone that is heard. */
  frame(track: RemoteTrack, chunk: PcmChunk): void {
    const follower = this.#followers.get(track.sid) ?? this.#follow(track.sid);
    follower.detector.push(follower.canceller.clean(chunk));
  }

  /** Only these microphones are heard from now on. */
  keep(sids: ReadonlySet<string>): void {
    for (const [sid, { detector, canceller }] of this.#followers) {
      if (sids.has(sid)) continue;
      detector.close();
      canceller.close();
      this.#followers.delete(sid);
      if (this.#held?.sid === sid) this.#release('resume');
    }
  }

  /** The voice is no longer audible: it has ended, or the service has confirmed the interruption. */
  silent(): void {
    this.#release(undefined);
  }

  close(): void {
    this.#release('resume');
    this.keep(new Set());
  }

  #follow(sid: string): Follower {
    const state = new SpeechState({ startAt: STARTS_AT, startMs: WINDOW_MS, endMs: OVER_MS });
    const follower = {
      canceller: this.#options.openCanceller(),
      detector: this.#options
        .openDetection()
        .detect((probability) => this.#onWindow(sid, state, probability)),
    };
    this.#followers.set(sid, follower);
    return follower;
  }

  #onWindow(sid: string, state: SpeechState, probability: number): void {
    // Speech that is an echo of the voice counts as silence.
    const change = state.step(probability > SILENCE && this.#isPerson(sid) ? probability : 0);
    if (state.isOnset(ONSET_MS) && !this.#held && this.#options.hold()) {
      const timer = setTimeout(() => this.#release('resume'), HELD_AT_MOST_MS);
      this.#held = { sid, speechMs: 0, timer };
    }
    if (this.#held?.sid !== sid) return;
    if (change === 'ended') this.#release('resume');
    else if (state.silenceMs === 0) {
      this.#held.speechMs += WINDOW_MS;
      if (this.#held.speechMs >= CONFIRM_MS) this.#release('interrupt');
    }
  }

  #isPerson(sid: string): boolean {
    return this.#followers.get(sid)?.canceller.isPerson() ?? false;
  }

  #release(how: 'resume' | 'interrupt' | undefined): void {
    if (!this.#held) return;
    clearTimeout(this.#held.timer);
    this.#held = undefined;
    if (how === 'resume') this.#options.resume();
    else if (how === 'interrupt') this.#options.interrupt();
  }
}
