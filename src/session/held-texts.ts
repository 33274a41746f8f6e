// Texts among the inputs that are kept for another connection: so many, and apart from speech that is taken back.
import type { Input } from './wire.js';

export type AskedInput = Extract<Input, { type: 'text' | 'context' }>;

const MAX_TEXTS = 20;
const MAX_TEXT_BYTES = 64 * 1024;

export function isAsked(input: Input): input is AskedInput {
  return input.type === 'text' || input.type === 'context';
}

/** The oldest text where there are more than are kept: twenty, or 64 KB; one that is longer by itself is kept. */
export function oldestExcess(inputs: readonly Input[]): AskedInput | undefined {
  const texts = inputs.filter(isAsked);
  let bytes = 0;
  for (const input of texts) bytes += bytesOf(input);
  const [oldest] = texts;
  return texts.length > MAX_TEXTS || (bytes > MAX_TEXT_BYTES && texts.length > 1) ? oldest : undefined;
}

function bytesOf(input: AskedInput): number {
  return Buffer.byteLength(input.type === 'text' ? input.text : JSON.stringify(input.turns));
}

/** The inputs without the speech of a cancelled utterance. */
export function withoutSpeech(inputs: readonly Input[]): Input[] {
  return inputs.filter(
    ({ type }) => type !== 'audio' && type !== 'activity-start' && type !== 'activity-end',
  );
}
