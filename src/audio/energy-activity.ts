// Voice activity by loudness alone, where the model cannot be loaded: loud noise counts as speech.
import { Gate } from './gate.js';
import type { PcmChunk } from './pcm.js';
import { type SpeechDetector, type VoiceActivity, WINDOW_SAMPLES } from './voice-activity.js';

export class EnergyDetector implements SpeechDetector {
  readonly #gate = new Gate();
  readonly #passed: PcmChunk[] = [];
  readonly #onWindow: (probability: number) => void;
  #samples = 0;
  #closed = false;

  constructor(onWindow: (probability: number) => void) {
    this.#onWindow = onWindow;
  }

  push(chunk: PcmChunk): void {
    this.#gate.pass(chunk, this.#passed);
    this.#passed.length = 0;
    for (this.#samples += chunk.samples.length; this.#samples >= WINDOW_SAMPLES; ) {
      this.#samples -= WINDOW_SAMPLES;
      if (!this.#closed) this.#onWindow(this.#gate.isOpen ? 1 : 0);
    }
  }

  close(): void {
    this.#closed = true;
  }
}

export const energyActivity: VoiceActivity = {
  detect: (onWindow) => new EnergyDetector(onWindow),
  close: () => {},
};
