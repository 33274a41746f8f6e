// Makes Flite's sound for one segment of text ready to be sent: trimmed, as loud as the others, at 24 kHz.
import { INPUT_RATE } from './port.js';
import { resample16To24 } from './resample.js';
import type { SpeakingVoice } from './voices.js';

/** Flite begins with 150 to 300 ms of silence, which would only delay the answer. */
const LEAD_SAMPLES = 0.03 * INPUT_RATE;
const TAIL_SAMPLES = 0.06 * INPUT_RATE;
/** Below this, of full scale 32768 and before the gain, there is nothing to hear. */
const AUDIBLE = 120;

export function finishSound(
  spoken: Int16Array,
  voice: SpeakingVoice,
  pauseMs: number,
): Int16Array<ArrayBuffer> {
  let first = 0;
  while (first < spoken.length && Math.abs(spoken[first] as number) < AUDIBLE) first++;
  if (first === spoken.length) return new Int16Array(0);
  let last = spoken.length - 1;
  while (Math.abs(spoken[last] as number) < AUDIBLE) last--;
  const start = Math.max(0, first - LEAD_SAMPLES);
  const end = Math.min(spoken.length, last + TAIL_SAMPLES);
  const sound = new Int16Array(end - start + Math.round((pauseMs * INPUT_RATE) / 1000));
  sound.set(spoken.subarray(start, end));
  return resample16To24(sound, voice.gain);
}
