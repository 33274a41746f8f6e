// How late this process's event loop has turned.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;

export class EventLoopLag {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#delay.enable();
  }

  /** The longest delay since the last call, in ms. The histogram counts its own interval with each delay. */
  take(): number {
    const longestMs = this.#delay.max / 1e6 - RESOLUTION_MS;
    this.#delay.reset();
    return Math.max(0, longestMs);
  }
}
