// Measures how long people wait: one report for each turn and one for each interruption.

export interface Latency {
  readonly turn: number;
  readonly endOfSpeechToAudioMs?: number;
  readonly firstAudioToPublishedMs?: number;
  readonly interruptToClearedMs?: number;
}

export class TurnLatency {
  readonly #report: (latency: Latency) => void;
  #speechEndedMs: number | undefined;
  #audioMs = 0;
  #interruptedMs: number | undefined;
  #turn = 0;

  constructor(report: (latency: Latency) => void) {
    this.#report = report;
  }

  /** The person has finished: the service reported the end of speech, or a text was typed. */
  speechEnded(): void {
    this.#speechEndedMs = performance.now();
  }

  audio(): void {
    this.#audioMs = performance.now();
  }

  /** A chunk was handed to the voice. */
  played(turn: number): void {
    // New audio before anything was cleared: nothing was audible at the interruption.
    this.#interruptedMs = undefined;
    if (turn === this.#turn) return;
    this.#turn = turn;
    const firstAudioToPublishedMs = round(performance.now() - this.#audioMs);
    const waitedMs =
      this.#speechEndedMs === undefined ? undefined : round(this.#audioMs - this.#speechEndedMs);
    this.#speechEndedMs = undefined;
    this.#report({
      turn,
      firstAudioToPublishedMs,
      ...(waitedMs === undefined ? {} : { endOfSpeechToAudioMs: waitedMs }),
    });
  }

  interrupted(): void {
    this.#interruptedMs = performance.now();
  }

  cleared(): void {
    if (this.#interruptedMs === undefined) return;
    this.#report({ turn: this.#turn, interruptToClearedMs: round(performance.now() - this.#interruptedMs) });
    this.#interruptedMs = undefined;
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
