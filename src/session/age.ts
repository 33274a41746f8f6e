// A session without compression has an end, and sooner once it has seen pictures: told ahead of time.

export interface SessionAgeOptions {
  /** How long a session may last, in ms: with audio alone, and once there were pictures. */
  readonly limits: { readonly sessionAudioMs: number; readonly sessionVideoMs: number };
  readonly onNear: (leftMs: number, reason: string) => void;
}

/** Time enough to find a quiet moment for a new session. */
const AHEAD_MS = 45_000;

export class SessionAge {
  readonly #options: SessionAgeOptions;
  #beganMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #hasVideo = false;

  constructor(options: SessionAgeOptions) {
    this.#options = options;
  }

  /** A session begins that knows nothing of an earlier one's age. */
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
