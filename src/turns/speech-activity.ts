// Reports when people start and stop to speak, from LiveKit's active speakers, for models without activity messages.

export interface SpeechActivityOptions {
  readonly report: (participant: string, phase: 'started' | 'ended') => void;
  /** A person began to speak. */
  readonly onStarted: () => void;
}

export class SpeechActivity {
  readonly #options: SpeechActivityOptions;
  #speaking: ReadonlySet<string> = new Set();

  constructor(options: SpeechActivityOptions) {
    this.#options = options;
  }

  /** LiveKit's active speakers: all identities that speak now. */
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
