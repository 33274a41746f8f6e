// A fake clock: timers, Date and performance.now advance only when the test advances them.
import { vi } from 'vitest';

/** Taken before anything is faked: its turn comes when every settled promise has run on. */
const immediate = setImmediate;

const START_MS = 5_000;

export interface FakeClock extends Disposable {
  /** performance.now() of this clock. */
  readonly nowMs: number;
  /** Lets settled promises run on, without any time passing. */
  settle(): Promise<void>;
  /** Moves on by `ms`; promises run on between any two timers, each timer at its own moment. */
  advance(ms: number): Promise<void>;
  /** Moves on by `ms` while no promise runs on: what awaits something is as late as in a blocked event loop. */
  block(ms: number): void;
  /** Timers that are still waiting: none, once everything is closed. */
  readonly timers: number;
}

/** Resolves when the clock in the test's hand has moved on by `ms`. */
export function passed(ms: number): Promise<void> {
  // biome-ignore lint/plugin: this is the fake clock's own timer
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** `using clock = fakeClock()`; real time is back at the end of the block. */
export function fakeClock(): FakeClock {
  vi.useFakeTimers({
    toFake: [
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
      'setImmediate',
      'clearImmediate',
      'Date',
      'performance',
    ],
  });
  const settle = (): Promise<void> => new Promise((resolve) => void immediate(resolve));
  // A clock that begins at zero hides code that takes zero for "never".
  vi.advanceTimersByTime(START_MS);
  return {
    get nowMs() {
      return performance.now();
    },
    get timers() {
      return vi.getTimerCount();
    },
    settle,
    async advance(ms) {
      await settle();
      let arrived = false;
      setTimeout(() => {
        arrived = true;
      }, ms);
      while (!arrived) {
        vi.advanceTimersToNextTimer();
        await settle();
      }
    },
    block(ms) {
      vi.advanceTimersByTime(ms);
    },
    [Symbol.dispose]() {
      vi.useRealTimers();
    },
  };
}
