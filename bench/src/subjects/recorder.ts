// Records where a process spends its time and what it allocates, from one moment to another.
import { Session } from 'node:inspector/promises';
import { PerformanceObserver } from 'node:perf_hooks';
import type { Profiles } from './messages.js';

const CPU_INTERVAL_MICROSECONDS = 500;
/** Mean distance of the sampled allocations. */
const HEAP_INTERVAL_BYTES = 512;

export class Recorder {
  readonly #session = new Session();
  readonly #collections: number[] = [];
  readonly #observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) this.#collections.push(duration);
  });
  #startedMs = 0;

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_MICROSECONDS });
    await this.#session.post('HeapProfiler.startSampling', {
      samplingInterval: HEAP_INTERVAL_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    await this.#session.post('Profiler.start');
    this.#observer.observe({ entryTypes: ['gc'] });
    this.#startedMs = performance.now();
  }

  async stop(): Promise<Profiles> {
    const durationMs = performance.now() - this.#startedMs;
    this.#observer.disconnect();
    const { profile: cpu } = await this.#session.post('Profiler.stop');
    const { profile: heap } = await this.#session.post('HeapProfiler.stopSampling');
    this.#session.disconnect();
    const collectingMs = this.#collections.reduce((sum, duration) => sum + duration, 0);
    return { durationMs, cpu, heap, collections: this.#collections.length, collectingMs };
  }
}
