// The pauses in speech that is sent again: shortened, so that it is heard soon.
import { durationMs } from '../audio/pcm.js';
import type { Input } from './wire.js';

type AudioInput = Extract<Input, { type: 'audio' }>;

/** Audio that is kept before the onset, and of each pause inside a replayed utterance. */
export const PRE_ROLL_MS = 240;
export const LONGEST_PAUSE_MS = 500;

/** Shortens long pauses, and drops audio without any voice: sending it would delay the speech that follows. */
export function trimPauses(inputs: readonly Input[]): Input[] {
  const kept: Input[] = [];
  let pause: AudioInput[] = [];
  let afterSpeech = false;
  const endPause = (beforeSpeech: boolean): void => {
    const head = afterSpeech ? firstMs(pause, LONGEST_PAUSE_MS) : [];
    const tail = beforeSpeech ? lastMs(pause.slice(head.length), PRE_ROLL_MS) : [];
    kept.push(...head, ...tail);
    pause = [];
  };
  for (const input of inputs) {
    if (input.type === 'audio' && !input.voiced) {
      pause.push(input);
      continue;
    }
    endPause(input.type === 'audio');
    if (input.type === 'audio') afterSpeech = true;
    kept.push(input);
  }
  endPause(false);
  return kept;
}

/** The audio without voice at the end of what was sent, as much as is kept before an onset. */
export function lastPause<T extends Input>(inputs: readonly T[]): T[] {
  let from = inputs.length;
  for (let ms = 0; from > 0 && ms < PRE_ROLL_MS; from -= 1) {
    const before = inputs[from - 1];
    if (before?.type !== 'audio' || before.voiced) break;
    ms += durationMs(before.chunk);
  }
  return inputs.slice(from);
}

/** The frames that begin within the first `ms`. */
function firstMs(frames: readonly AudioInput[], ms: number): AudioInput[] {
  let totalMs = 0;
  let count = 0;
  for (const frame of frames) {
    if (totalMs >= ms) break;
    totalMs += durationMs(frame.chunk);
    count += 1;
  }
  return frames.slice(0, count);
}

function lastMs(frames: readonly AudioInput[], ms: number): AudioInput[] {
  return firstMs([...frames].reverse(), ms).reverse();
}
