// Inputs without an answer as plain JSON: a process that takes the conversation over sends them again.
import { INPUT_FRAME_MS, INPUT_RATE, isVoiced, pcmFromBase64 } from '../audio/pcm.js';
import type { Content } from './port.js';
import type { Input } from './wire.js';

/** `pcm`: base64 of PCM16 at the input rate, any number of frames. */
export type CarriedInput =
  | { readonly type: 'audio'; readonly pcm: string }
  | { readonly type: 'activity-start' }
  | { readonly type: 'activity-end' }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'context'; readonly turns: readonly Content[]; readonly turnComplete: boolean };

/** What was said and written since the last answer, for the process that takes the call over. */
export interface CarriedInputs {
  readonly inputs: readonly CarriedInput[];
  /** What the service has transcribed of the speech among them. */
  readonly words: string;
}

/** What has been added to them, or all of them. */
export interface CarriedInputsChange extends CarriedInputs {
  /** The earlier ones have their answer, or were taken back: these are all. */
  readonly all: boolean;
}

/** Everything has its answer. */
export const NO_INPUTS: CarriedInputs = { inputs: [], words: '' };

/** As much as a session keeps of speech without an answer. */
const MOST_MS = 15_000;
const CHARS_PER_MS = (INPUT_RATE * 2 * 4) / 3 / 1_000;

/** The inputs after a change, with no more speech than a session keeps. */
export function withChange(
  before: CarriedInputs,
  { all, inputs, words }: CarriedInputsChange,
): CarriedInputs {
  return { inputs: newestSpeech(all ? inputs : [...before.inputs, ...inputs], MOST_MS), words };
}

/** All texts, and the newest speech of so long. */
export function newestSpeech(inputs: readonly CarriedInput[], mostMs: number): readonly CarriedInput[] {
  let chars = 0;
  for (const input of inputs) if (input.type === 'audio') chars += input.pcm.length;
  if (chars <= mostMs * CHARS_PER_MS) return inputs;
  return inputs.filter((input) => {
    if (input.type !== 'audio' || chars <= mostMs * CHARS_PER_MS) return true;
    chars -= input.pcm.length;
    return false;
  });
}

/** Consecutive audio becomes one input. Left out is what a later connection has no use for, such as pictures. */
export function carriedInputs(inputs: readonly Input[]): CarriedInput[] {
  const carried: CarriedInput[] = [];
  let audio: Buffer[] = [];
  const endAudio = (): void => {
    if (audio.length > 0) carried.push({ type: 'audio', pcm: Buffer.concat(audio).toString('base64') });
    audio = [];
  };
  for (const input of inputs) {
    if (input.type === 'audio') {
      const { buffer, byteOffset, byteLength } = input.chunk.samples;
      audio.push(Buffer.from(buffer, byteOffset, byteLength));
      continue;
    }
    endAudio();
    if (input.type === 'text') carried.push({ type: 'text', text: input.text });
    else if (input.type === 'context')
      carried.push({ type: 'context', turns: input.turns, turnComplete: input.turnComplete });
    else if (input.type === 'activity-start' || input.type === 'activity-end')
      carried.push({ type: input.type });
  }
  endAudio();
  return carried;
}

/** As the session was given them: audio in frames. */
export function inputsOf(carried: readonly CarriedInput[]): Input[] {
  return carried.flatMap((input) => (input.type === 'audio' ? framesOf(input.pcm) : [input]));
}

function framesOf(pcm: string): Input[] {
  const chunk = pcmFromBase64(pcm, INPUT_RATE);
  const length = (INPUT_RATE * INPUT_FRAME_MS) / 1_000;
  const frames: Input[] = [];
  for (let from = 0; from < chunk.samples.length; from += length) {
    const frame = { samples: chunk.samples.slice(from, from + length), rate: INPUT_RATE };
    frames.push({ type: 'audio', chunk: frame, voiced: isVoiced(frame) });
  }
  return frames;
}
