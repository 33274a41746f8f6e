// The worker's metrics for Prometheus, counted from the facts of its calls, whichever process they run in.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CallFact } from '../../src/index.js';

export interface WorkerFigures {
  readonly rooms: number;
  readonly slots: number;
  readonly hosts: number;
  /** The longest delay of an event loop since the last look, of this process and its room hosts. */
  readonly eventLoopLagMs: number;
}

export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

type SessionEvent = Extract<Extract<CallFact, { type: 'event' }>['event'], { type: 'session' }>;
type UsageEvent = Extract<Extract<CallFact, { type: 'event' }>['event'], { type: 'usage' }>;

/** What is known of a call that is going on. */
interface OpenCall {
  model: string;
  tools: Readonly<Record<string, string>>;
  awaySinceMs: number | undefined;
}

const PREFIX = 'gemini_room_';
const ANSWER_SECONDS = [0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30];
const CLEAR_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const AWAY_SECONDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];
const TOOL_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60];

/** Why calls end. Any other reason counts as `failed` or `other`: a label must not hold a room or a name. */
const OUTCOMES: ReadonlySet<string> = new Set([
  'alone',
  'idle',
  'max-duration',
  'max-tokens',
  'room-limit',
  'hour-limit',
  'hung-up',
  'room-closed',
  'refused',
  'closed',
  'handed-over',
  'the room is served already',
]);

const TOOL_KINDS = ['participant', 'webhook', 'module', 'mcp', 'built-in'];

export class WorkerMetrics {
  readonly #registry = new Registry();
  readonly #calls = new Map<string, OpenCall>();
  readonly #ended = this.#counter('calls_total', 'Calls that have ended, by why', ['outcome']);
  readonly #dispatches = this.#counter('dispatches_total', 'Dispatches, by what became of them', ['outcome']);
  readonly #sessions = this.#counter('sessions_total', 'Connections to the Live API, by outcome', [
    'outcome',
  ]);
  readonly #away = this.#histogram(
    'connection_away_seconds',
    'Without a connection to the Live API',
    AWAY_SECONDS,
  );
  readonly #answer = this.#histogram(
    'end_of_speech_to_audio_seconds',
    'From the end of speech to the first audio of the answer',
    ANSWER_SECONDS,
  );
  readonly #clear = this.#histogram(
    'interrupt_to_clear_seconds',
    'From an interruption to the cleared voice',
    CLEAR_SECONDS,
  );
  readonly #tools = this.#histogram('tool_duration_seconds', 'Tool calls', TOOL_SECONDS, [
    'tool_kind',
    'outcome',
  ]);
  readonly #tokens = this.#counter('tokens_total', 'Tokens that the Live API has counted', [
    'model',
    'modality',
    'direction',
  ]);
  readonly #dropped = this.#counter('audio_dropped_seconds_total', 'Speech of people that was dropped', [
    'reason',
  ]);
  readonly #underruns = this.#counter(
    'underruns_total',
    'Gaps inside answers, because nothing was there to play',
  );
  readonly #captions = this.#counter('captions_total', 'Final captions, by whose words they are', ['side']);

  constructor(figures: () => WorkerFigures) {
    const register = this.#registry;
    collectDefaultMetrics({ register });
    const gauge = (name: string, help: string, value: (figures: WorkerFigures) => number): void => {
      const collect = function (this: Gauge): void {
        this.set(value(figures()));
      };
      register.registerMetric(new Gauge({ name: PREFIX + name, help, registers: [], collect }));
    };
    gauge('rooms', 'Calls that are going on', ({ rooms }) => rooms);
    gauge('slots', 'Calls that this worker takes at most', ({ slots }) => slots);
    gauge('hosts', 'Processes that run calls', ({ hosts }) => hosts);
    gauge(
      'event_loop_lag_seconds',
      'The longest delay of an event loop of this worker since the last scrape',
      ({ eventLoopLagMs }) => eventLoopLagMs / 1_000,
    );
    this.#beginAtZero();
  }

  /** A counter that appears with its first event hides that event from rate() and increase(), and so from alerts. */
  #beginAtZero(): void {
    for (const outcome of [...[...OUTCOMES].map(outcomeOf), 'failed', 'other'])
      this.#ended.inc({ outcome }, 0);
    for (const outcome of ['accepted', 'rejected', 'served-already']) this.#dispatches.inc({ outcome }, 0);
    for (const outcome of ['opened', 'resumed', 'rebuilt', 'refused']) this.#sessions.inc({ outcome }, 0);
    for (const side of ['user', 'agent']) this.#captions.inc({ side }, 0);
    this.#dropped.inc({ reason: 'connection-away' }, 0);
    for (const tool_kind of TOOL_KINDS)
      for (const outcome of ['ok', 'error']) this.#tools.zero({ tool_kind, outcome });
  }

  /** Every metric with its name, type and labels. */
  describe(): MetricDescription[] {
    return this.#registry.getMetricsAsArray().map((metric) => {
      // prom-client's types lack the labels, and have numbers for types that are names.
      const { labelNames = [] } = metric as typeof metric & Partial<MetricDescription>;
      return { name: metric.name, type: String(metric.type), labelNames };
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in the text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  dispatched(outcome: 'accepted' | 'rejected' | 'served-already'): void {
    this.#dispatches.inc({ outcome });
  }

  ended(call: string, reason: string, failed: boolean): void {
    this.#calls.delete(call);
    const kind = reason.split(': ')[0] ?? '';
    this.#ended.inc({ outcome: OUTCOMES.has(kind) ? outcomeOf(kind) : failed ? 'failed' : 'other' });
  }

  fact(call: string, fact: CallFact): void {
    switch (fact.type) {
      case 'begun': {
        const { model, tools } = fact;
        this.#calls.set(call, { model, tools, awaySinceMs: this.#calls.get(call)?.awaySinceMs });
        return;
      }
      case 'event':
        this.#event(call, fact);
        return;
      case 'user':
      case 'agent':
        if (fact.type === 'agent' || !fact.typed) this.#captions.inc({ side: fact.type });
        return;
      case 'audio':
        this.#dropped.inc({ reason: 'connection-away' }, fact.droppedMs / 1_000);
        this.#underruns.inc(fact.underruns);
        return;
      case 'person':
      case 'trace':
      case 'moved':
      case 'cancelled':
        return;
    }
  }

  #event(id: string, { event, at }: Extract<CallFact, { type: 'event' }>): void {
    const call = this.#calls.get(id);
    switch (event.type) {
      case 'session':
        this.#session(call, event, at);
        return;
      case 'latency': {
        const { endOfSpeechToAudioMs, interruptToClearedMs } = event;
        if (endOfSpeechToAudioMs !== undefined) this.#answer.observe(endOfSpeechToAudioMs / 1_000);
        if (interruptToClearedMs !== undefined) this.#clear.observe(interruptToClearedMs / 1_000);
        return;
      }
      case 'tool.result': {
        const outcome = event.ok ? 'ok' : 'error';
        this.#tools.observe({ tool_kind: toolKind(call, event.name), outcome }, event.durationMs / 1_000);
        return;
      }
      case 'usage':
        this.#usage(call?.model ?? 'unknown', event);
        return;
      case 'error':
        if (event.fatal) this.#sessions.inc({ outcome: 'refused' });
    }
  }

  #session(call: OpenCall | undefined, { state, restored, ...left }: SessionEvent, atMs: number): void {
    if (left.leftMs !== undefined || left.leftTokens !== undefined) return;
    if (state === 'open') {
      const outcome = restored === 'resumed' || restored === 'rebuilt' ? restored : 'opened';
      this.#sessions.inc({ outcome });
      if (call?.awaySinceMs !== undefined) this.#away.observe(Math.max(0, atMs - call.awaySinceMs) / 1_000);
      if (call) call.awaySinceMs = undefined;
    } else if (call && (state === 'rotating' || state === 'waiting')) call.awaySinceMs ??= atMs;
  }

  #usage(model: string, { prompt, response, byModality }: UsageEvent): void {
    for (const [direction, total, parts] of [
      ['input', prompt, byModality.prompt],
      ['output', response, byModality.response],
    ] as const) {
      let left = total;
      for (const [modality, tokens] of Object.entries(parts)) {
        this.#tokens.inc({ model, modality: modality.toLowerCase(), direction }, tokens);
        left -= tokens;
      }
      if (left > 0) this.#tokens.inc({ model, modality: 'unknown', direction }, left);
    }
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter<L>({ name: PREFIX + name, help, labelNames, registers: [this.#registry] });
  }

  #histogram<L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ): Histogram<L> {
    return new Histogram<L>({ name: PREFIX + name, help, buckets, labelNames, registers: [this.#registry] });
  }
}

function outcomeOf(reason: string): string {
  return reason === 'the room is served already' ? 'served-already' : reason;
}

/** How a tool is run; a built-in one, or one of an MCP server, is not among the declared ones. */
function toolKind(call: OpenCall | undefined, name: string): string {
  const declared = call && Object.hasOwn(call.tools, name) ? call.tools[name] : undefined;
  return declared ?? (name.includes('__') ? 'mcp' : 'built-in');
}
