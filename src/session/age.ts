// Warns before a session without context window compression reaches its maximum length, which is shorter with video.

export interface SessionAgeOptions {
  /** Maximum length of a session in ms: with audio alone, and once a picture was sent. */
  readonly limits: { readonly sessionAudioMs: number; readonly sessionVideoMs: number };
  readonly onNear: (leftMs: number, reason: string) => void;
}

/** Long enough to find a pause in the conversation in which a new session can be opened. */
const AHEAD_MS = 45_000;

export class SessionAge {
  readonly #options: SessionAgeOptions;
  #beganMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #hasVideo = false;

  constructor(options: SessionAgeOptions) {
    this.#options = options;
  }

  /** A new session was opened: its age begins at 0. */
  begin(): void {
    this.#beganMs = performance.now();
    this.#hasVideo = false;
    this.#schedule();
  }

  sawVideo(): void {
    if (this.#hasVideo) return;
    this.#hasVideo = true;
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const { sessionAudioMs, sessionVideoMs } = this.#options.limits;
    const limitMs = this.#hasVideo ? sessionVideoMs : sessionAudioMs;
    const leftMs = this.#beganMs + limitMs - performance.now();
    this.#timer = setTimeout(
      () => {
        const left = Math.max(0, Math.min(leftMs, AHEAD_MS));
        const minutes = Math.round(limitMs / 6_000) / 10;
        this.#options.onNear(left, `a session without compression lasts ${minutes} min`);
      },
      Math.max(0, leftMs - AHEAD_MS),
    );
  }
}
