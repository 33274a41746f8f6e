// Lane: when people speak, by the service's word or, where it says nothing of it, by the room's.

export interface SpeechActivityOptions {
  readonly report: (participant: string, phase: 'started' | 'ended') => void;
  /** Somebody began to speak, as the room tells it. */
  readonly onStarted: () => void;
}

export class SpeechActivity {
  readonly #options: SpeechActivityOptions;
  #speaking: ReadonlySet<string> = new Set();

  constructor(options: SpeechActivityOptions) {
    this.#options = options;
  }

  /** The room's own detection: everyone who speaks now. */
  speakers(identities: readonly string[]): void {
    const before = this.#speaking;
    this.#speaking = new Set(identities);
    for (const identity of before) if (!this.#speaking.has(identity)) this.#options.report(identity, 'ended');
    for (const identity of this.#speaking) {
      if (before.has(identity)) continue;
      this.#options.report(identity, 'started');
      this.#options.onStarted();
    }
  }
}
