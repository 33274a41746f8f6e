// The worker's view of its calls: each fact to the metrics, each end to a report.
import type { CallFact, Environment, Logger } from '../../src/index.js';
import { EventLoopLag } from '../worker/event-loop-lag.js';
import { type CallReport, CallReports } from './call-reports.js';
import { type WorkerFigures, WorkerMetrics } from './worker-metrics.js';
import type { CallEnd, ObservedCall, WorkerObserver } from './worker-observer.js';

const SERVED_ALREADY = 'the room is served already';

export class CallObserver implements WorkerObserver {
  readonly metrics: WorkerMetrics;
  readonly #reports: CallReports;
  /** Of this process. */
  readonly #lag = new EventLoopLag();
  /** Of room hosts, since the last scrape. */
  #lagMs = 0;

  constructor(
    environment: Pick<Environment, 'report'>,
    figures: () => Omit<WorkerFigures, 'eventLoopLagMs'>,
    log: Logger,
  ) {
    this.metrics = new WorkerMetrics(() => ({ ...figures(), eventLoopLagMs: this.#takeLag() }));
    this.#reports = new CallReports({ ...environment.report, log });
  }

  fact({ id }: ObservedCall, fact: CallFact): void {
    this.metrics.fact(id, fact);
  }

  dispatched(outcome: 'accepted' | 'rejected' | 'served-already'): void {
    this.metrics.dispatched(outcome);
  }

  lagged(lagMs: number): void {
    this.#lagMs = Math.max(this.#lagMs, lagMs);
  }

  ended({ id, room }: ObservedCall, { reason, failed, record }: CallEnd): void {
    this.metrics.ended(id, reason, failed);
    if (!this.#reports.isWanted || reason === SERVED_ALREADY) return;
    const report = record.report({ id, room, at: Date.now(), reason });
    this.#reports.deliver(report as unknown as CallReport);
  }

  handedOver({ id }: ObservedCall): void {
    this.metrics.ended(id, 'handed-over', false);
  }

  #takeLag(): number {
    const lagMs = Math.max(this.#lagMs, this.#lag.take());
    this.#lagMs = 0;
    return lagMs;
  }

  close(): Promise<void> {
    return this.#reports.close();
  }
}
