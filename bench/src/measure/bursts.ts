// When a tone that a person speaks reaches the stand-in.
import { type Heard, INPUT_RATE, type StandIn } from '../live-api/stand-in.js';
import { hasTone } from '../tone.js';

/** Short enough that the message with the very beginning of the tone is the one that counts. */
const WINDOW_MS = 2.5;

/** When the message with the tone's first samples arrived; undefined when none did in time. */
export function nextBurst(standIn: StandIn, timeoutMs: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const end = (atMs: number | undefined): void => {
      clearTimeout(timer);
      standIn.onAudio = () => {};
      resolve(atMs);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    standIn.onAudio = ({ samples, atMs }: Heard) => {
      if (hasTone(samples, INPUT_RATE, WINDOW_MS)) end(atMs);
    };
  });
}

/** Resolves when the stand-in has been sent so many messages of audio. @throws when that takes too long */
export function audioFlows(standIn: StandIn, messages: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let count = 0;
    const timer = setTimeout(() => {
      standIn.onAudio = () => {};
      reject(new Error(`the stand-in got ${count} of ${messages} messages of audio within ${timeoutMs} ms`));
    }, timeoutMs);
    standIn.onAudio = () => {
      count += 1;
      if (count < messages) return;
      clearTimeout(timer);
      standIn.onAudio = () => {};
      resolve();
    };
  });
}
