// Inputs that the present answer may not be about: speech that goes on, and what came while a blocking tool call ran.
import { durationMs } from '../audio/pcm.js';
import { type AskedInput, isAsked, withoutSpeech } from './held-texts.js';
import type { Input } from './wire.js';

export type RecordedInput =
  | Extract<Input, { type: 'audio' | 'activity-start' | 'activity-end' }>
  | AskedInput;

/** As much as is kept of inputs without an answer. */
const MOST_MS = 15_000;
/** A pause of this length ends an utterance: the service ends it after 500 ms, or later. */
const BETWEEN_UTTERANCES_MS = 500;

export class DoubtfulInputs {
  #inputs: readonly RecordedInput[] = [];

  get isEmpty(): boolean {
    return this.#inputs.length === 0;
  }

  get inputs(): readonly RecordedInput[] {
    return this.#inputs;
  }

  get voicedMs(): number {
    return audioMs(this.#inputs.filter(isVoiced));
  }

  set(inputs: readonly RecordedInput[]): void {
    this.#inputs = newest(inputs);
  }

  /** An answer that continues after a tool's result leaves everything since the call in doubt. */
  add(inputs: readonly RecordedInput[]): void {
    this.set([...this.#inputs, ...inputs]);
  }

  take(): readonly RecordedInput[] {
    const inputs = this.#inputs;
    this.#inputs = [];
    return inputs;
  }

  forget(input: Input): void {
    this.#inputs = this.#inputs.filter((kept) => kept !== input);
  }

  /** The speech of a cancelled utterance is not sent again. */
  takeBack(): void {
    this.#inputs = withoutSpeech(this.#inputs).filter(isAsked);
  }
}

/** The speech at the end of these inputs, from the last pause between two utterances on. */
export function lastUtterance(inputs: readonly RecordedInput[]): readonly RecordedInput[] {
  let pauseMs = 0;
  let from = inputs.length;
  while (from > 0 && pauseMs < BETWEEN_UTTERANCES_MS) {
    from -= 1;
    const input = inputs[from];
    if (input?.type !== 'audio') continue;
    pauseMs = input.voiced ? 0 : pauseMs + durationMs(input.chunk);
  }
  return inputs.slice(from).filter(({ type }) => type === 'audio');
}

function newest(inputs: readonly RecordedInput[]): readonly RecordedInput[] {
  let ms = 0;
  return inputs
    .toReversed()
    .filter((input) => {
      if (input.type === 'audio') ms += durationMs(input.chunk);
      return input.type !== 'audio' || ms <= MOST_MS;
    })
    .toReversed();
}

export function isVoiced(input: RecordedInput): boolean {
  return input.type === 'audio' && input.voiced;
}

export function audioMs(inputs: readonly RecordedInput[]): number {
  return inputs.reduce((ms, input) => ms + (input.type === 'audio' ? durationMs(input.chunk) : 0), 0);
}
