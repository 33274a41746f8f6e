// The worker's view of its calls: each fact to the metrics, each end to a report.
import type { CallFact, CallRefusal, Environment, Logger } from '../../src/index.js';
import { EventLoopLag } from '../worker/event-loop-lag.js';
import type { Used } from './budget.js';
import { CallBudget, type SharedUsage } from './call-budget.js';
import { type CallReport, CallReports } from './call-reports.js';
import { CallTraces } from './call-traces.js';
import type { Tracing } from './tracing.js';
import { type WorkerFigures, WorkerMetrics } from './worker-metrics.js';
import type { CallEnd, ObservedCall, WorkerObserver } from './worker-observer.js';

const SERVED_ALREADY = 'the room is served already';

export class CallObserver implements WorkerObserver {
  readonly metrics: WorkerMetrics;
  readonly #reports: CallReports;
  readonly #budget: CallBudget;
  onLimit: WorkerObserver['onLimit'] = () => {};
  readonly #traces: CallTraces | undefined;
  /** Of this process. */
  readonly #lag = new EventLoopLag();
  /** Of room hosts, since the last scrape. */
  #lagMs = 0;

  constructor(
    environment: Pick<Environment, 'report' | 'traces' | 'limits'>,
    figures: () => Omit<WorkerFigures, 'eventLoopLagMs'>,
    log: Logger,
    tracing?: Tracing,
    usage?: SharedUsage,
  ) {
    this.metrics = new WorkerMetrics(() => ({ ...figures(), eventLoopLagMs: this.#takeLag() }));
    if (tracing) this.#traces = new CallTraces({ tracing, content: environment.traces?.content ?? false });
    const { limits } = environment;
    const notify: CallObserver['onLimit'] = (call, notice) => this.onLimit(call, notice);
    this.#budget = new CallBudget({ limits, notify, usage, log });
    this.#reports = new CallReports({ ...environment.report, log });
  }

  admit(call: ObservedCall): Promise<CallRefusal | undefined> {
    return this.#budget.admit(call);
  }

  used(room: string): Used | undefined {
    return this.#budget.used(room);
  }

  learn(room: string, used: Used): void {
    this.#budget.learn(room, used);
  }

  get isSpent(): boolean {
    return this.#budget.isSpent;
  }

  fact(call: ObservedCall, fact: CallFact): void {
    this.metrics.fact(call.id, fact);
    this.#budget.fact(call, fact);
    this.#traces?.fact(call, fact);
  }

  dispatched(outcome: 'accepted' | 'rejected' | 'served-already'): void {
    this.metrics.dispatched(outcome);
  }

  lagged(lagMs: number): void {
    this.#lagMs = Math.max(this.#lagMs, lagMs);
  }

  ended(call: ObservedCall, { reason, failed, record }: CallEnd): void {
    const { id, room } = call;
    this.#budget.ended(id);
    this.metrics.ended(id, reason, failed);
    if (reason !== SERVED_ALREADY) this.#traces?.ended(call, reason, failed);
    if (!this.#reports.isWanted || reason === SERVED_ALREADY) return;
    const report = record.report({ id, room, at: Date.now(), reason });
    this.#reports.deliver(report as unknown as CallReport);
  }

  handedOver(call: ObservedCall): void {
    this.#budget.ended(call.id);
    this.metrics.ended(call.id, 'handed-over', false);
    this.#traces?.ended(call, 'handed-over', false);
  }

  #takeLag(): number {
    const lagMs = Math.max(this.#lagMs, this.#lag.take());
    this.#lagMs = 0;
    return lagMs;
  }

  async close(): Promise<void> {
    await Promise.all([this.#budget.close(), this.#reports.close(), this.#traces?.close()]);
  }
}
