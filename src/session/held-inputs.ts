// Inputs that wait for a connection: the newest 10 s of audio with shortened pauses, the newest texts and one picture.
import { durationMs } from '../audio/pcm.js';
import { isAsked, oldestExcess, withoutSpeech } from './held-texts.js';
import { LONGEST_PAUSE_MS, PRE_ROLL_MS } from './pauses.js';
import type { Input } from './wire.js';

/** How much audio is held; beyond it the oldest is dropped. */
const HELD_MS = 10_000;
/** The same with audio that was about to be sent again, of which the buffer keeps as much. */
const HELD_AGAIN_MS = 15_000;

export class HeldInputs {
  #inputs: Input[] = [];
  #ms = 0;
  #pauseMs = 0;
  #mostMs = HELD_MS;
  /** Audio that was dropped because there was no connection for longer than HELD_MS. */
  droppedMs = 0;
  #droppedVoiceMs = 0;

  get isEmpty(): boolean {
    return this.#inputs.length === 0;
  }

  get inputs(): readonly Input[] {
    return this.#inputs;
  }

  get texts(): readonly string[] {
    return this.#inputs.flatMap((input) => (input.type === 'text' ? [input.text] : []));
  }

  add(input: Input): void {
    if (input.type === 'image') {
      // Only the newest picture is useful after an outage.
      this.#inputs = this.#inputs.filter((held) => held.type !== 'image');
    }
    this.#inputs.push(input);
    if (isAsked(input)) this.#dropOldTexts();
    if (input.type !== 'audio') {
      // A picture each second must not split a long pause into short ones: they would not be shortened and displace speech.
      if (input.type !== 'image') this.#pauseMs = 0;
      return;
    }
    this.#ms += durationMs(input.chunk);
    this.#shortenPause(input);
    while (this.#ms > this.#mostMs) {
      const index = this.#inputs.findIndex((held) => held.type === 'audio');
      const [dropped] = this.#inputs.splice(index, 1);
      if (dropped?.type !== 'audio') break;
      this.#ms -= durationMs(dropped.chunk);
      this.droppedMs += durationMs(dropped.chunk);
      if (dropped.voiced) this.#droppedVoiceMs += durationMs(dropped.chunk);
    }
  }

  /** Inputs that were about to be sent when the connection was lost. */
  restore(inputs: readonly Input[]): void {
    if (inputs.length > 0) this.#mostMs = HELD_AGAIN_MS;
    for (const input of inputs) this.add(input);
  }

  /** The voice that was dropped since this was last asked, in ms. */
  takeDroppedVoice(): number {
    const ms = this.#droppedVoiceMs;
    this.#droppedVoiceMs = 0;
    return ms;
  }

  /** Removes the speech of a cancelled utterance; texts stay. */
  takeBack(): void {
    const inputs = withoutSpeech(this.take());
    this.#inputs = inputs;
  }

  take(): Input[] {
    this.#mostMs = HELD_MS;
    this.#ms = 0;
    this.#pauseMs = 0;
    return this.#inputs.splice(0);
  }

  #dropOldTexts(): void {
    for (let old = oldestExcess(this.#inputs); old; old = oldestExcess(this.#inputs)) {
      this.#inputs.splice(this.#inputs.indexOf(old), 1);
      old.onUnsent?.();
    }
  }

  /** Shortens a long pause, which would displace the speech before it. */
  #shortenPause(input: Extract<Input, { type: 'audio' }>): void {
    if (input.voiced) {
      this.#pauseMs = 0;
      return;
    }
    this.#pauseMs += durationMs(input.chunk);
    if (this.#pauseMs <= LONGEST_PAUSE_MS + PRE_ROLL_MS) return;
    // The beginning and the end of the pause are kept.
    const tail = Math.ceil(PRE_ROLL_MS / durationMs(input.chunk));
    let index = this.#inputs.length - 1 - tail;
    while (index >= 0 && this.#inputs[index]?.type !== 'audio') index -= 1;
    const [dropped] = index < 0 ? [] : this.#inputs.splice(index, 1);
    if (dropped?.type !== 'audio') return;
    this.#ms -= durationMs(dropped.chunk);
    this.#pauseMs -= durationMs(dropped.chunk);
  }
}
