// The spans of calls, made of their facts: one a call, below it one a turn, a tool call and a connection.
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace as traceApi,
} from '@opentelemetry/api';
import {
  type CallFact,
  CallRecord,
  type CallRecordState,
  newTrace,
  type RecordedTrace,
  spanId,
  toolSpanName,
} from '../../src/index.js';
import {
  outcomeOf,
  type ToolEnd,
  toolAttributes,
  turnAttributes,
  type UsageByModality,
  usageOf,
} from './span-attributes.js';
import type { Tracing } from './tracing.js';
import type { ObservedCall } from './worker-observer.js';

type Fact<T extends CallFact['type']> = Extract<CallFact, { type: T }>;
type Event = Fact<'event'>['event'];
type EventOf<T extends Event['type']> = Extract<Event, { type: T }>;
type Turn = CallRecordState['turns'][number];

/** Usage and the last caption of a turn come after its end. */
const TURN_EXPORTED_AFTER_MS = 1_000;

export interface CallTracesOptions {
  readonly tracing: Tracing;
  /** Whether spans hold what was said, arguments and results. */
  readonly content: boolean;
}

export class CallTraces {
  readonly #options: CallTracesOptions;
  readonly #calls = new Map<string, CallTrace>();

  constructor(options: CallTracesOptions) {
    this.#options = options;
  }

  fact(call: ObservedCall, fact: CallFact): void {
    let known = this.#calls.get(call.id);
    if (!known) {
      known = new CallTrace(call, this.#options);
      this.#calls.set(call.id, known);
    }
    known.add(fact);
  }

  ended(call: ObservedCall, reason: string, failed: boolean): void {
    const known = this.#calls.get(call.id) ?? new CallTrace(call, this.#options);
    this.#calls.delete(call.id);
    known.end(reason, failed);
    void this.#options.tracing.flush();
  }

  close(): Promise<void> {
    for (const trace of this.#calls.values()) trace.end('closed', false);
    this.#calls.clear();
    return this.#options.tracing.close();
  }
}

interface Connection {
  readonly at: number;
  restored?: string;
}

class CallTrace {
  readonly #call: ObservedCall;
  readonly #options: CallTracesOptions;
  readonly #record = new CallRecord();
  readonly #firstAt = Date.now();
  readonly #exported = new Set<Turn>();
  readonly #endedAt = new Map<number, number>();
  readonly #usage = new Map<number, UsageByModality>();
  /** Turns that are exported already, of tools that go on. */
  readonly #turnOf = new Map<string, Context>();
  /** They are exported with their turns. */
  readonly #endedTools = new Map<string, ToolEnd>();
  readonly #tools = new Map<string, ToolEnd['call']>();
  #begun: Fact<'begun'> | undefined;
  #trace: RecordedTrace | undefined;
  #root: Span | undefined;
  #connection: Connection | undefined;
  #connections = 0;
  #error: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(call: ObservedCall, options: CallTracesOptions) {
    this.#call = call;
    this.#options = options;
  }

  add(fact: CallFact): void {
    this.#record.add(fact);
    if (fact.type === 'begun') this.#begun ??= fact;
    else if (fact.type === 'trace') this.#start(fact.trace);
    else if (fact.type === 'moved') this.#root?.addEvent('moved', { planned: fact.planned }, fact.at);
    else if (fact.type === 'event') this.#event(fact.event, fact.at);
  }

  end(reason: string, failed: boolean): void {
    clearTimeout(this.#timer);
    const now = Date.now();
    this.#start(newTrace());
    for (const id of this.#tools.keys()) this.#toolEnded(id, 'unfinished', now);
    this.#turns(true, now);
    for (const ended of this.#endedTools.values()) this.#tool(ended, this.#inCall);
    this.#disconnected(now, undefined);
    this.#root?.setAttribute('gemini_room.call.outcome', reason.split(': ')[0] ?? reason);
    if (failed) {
      this.#root?.setAttribute('error.type', this.#error ?? reason.split(': ')[0] ?? 'failed');
      this.#root?.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.#root?.end(now);
  }

  /** The first trace counts: a call that another process goes on with stays in its own. */
  #start(trace: RecordedTrace): void {
    if (this.#root) return;
    this.#trace = trace;
    const { traceId, parentId, flags } = trace;
    const parent: Context = parentId
      ? traceApi.setSpanContext(ROOT_CONTEXT, {
          traceId,
          spanId: parentId,
          traceFlags: flags === '01' ? TraceFlags.SAMPLED : TraceFlags.NONE,
          isRemote: true,
        })
      : ROOT_CONTEXT;
    const at = this.#begun?.at ?? this.#firstAt;
    this.#root = this.#span('invoke_agent', `call ${this.#call.id}`, parent, at, SpanKind.INTERNAL, {
      'gen_ai.operation.name': 'invoke_agent',
      ...(this.#call.sid ? { 'gen_ai.conversation.id': this.#call.sid } : {}),
      ...(this.#begun ? { 'gen_ai.agent.name': this.#begun.agent } : {}),
      'gen_ai.output.type': this.#begun?.modality === 'text' ? 'text' : 'speech',
      ...this.#model(),
    });
  }

  #model(): Attributes {
    if (!this.#begun) return {};
    const { model, vertex } = this.#begun;
    return {
      'gen_ai.provider.name': vertex ? 'gcp.vertex_ai' : 'gcp.gemini',
      'gen_ai.request.model': model,
    };
  }

  #span(name: string, id: string, parent: Context, at: number, kind: SpanKind, attributes: Attributes): Span {
    const { tracer, ids } = this.#options.tracing;
    const trace = this.#trace ?? newTrace();
    ids.plan({ traceId: trace.traceId, spanId: spanId(trace, id) });
    return tracer.startSpan(name, { startTime: at, kind, attributes }, parent);
  }

  get #inCall(): Context {
    return this.#root ? traceApi.setSpan(ROOT_CONTEXT, this.#root) : ROOT_CONTEXT;
  }

  #event(event: Event, at: number): void {
    switch (event.type) {
      case 'session':
        this.#session(event, at);
        return;
      case 'turn':
        if (event.phase === 'completed' || event.phase === 'interrupted') this.#turnEnded(event.turn, at);
        return;
      case 'tool.call':
        this.#tools.set(event.id, { ...event, at });
        return;
      case 'tool.result':
        if (!event.willContinue) this.#toolEnded(event.id, event, at);
        return;
      case 'tool.cancelled':
        for (const id of event.ids) this.#toolEnded(id, 'cancelled', at);
        return;
      case 'usage':
        this.#usage.set(event.turn, usageOf(event, this.#usage.get(event.turn)));
        return;
      case 'error':
        if (event.fatal) this.#error = event.code;
        this.#root?.addEvent('error', { 'error.type': event.code, fatal: event.fatal }, at);
    }
  }

  #session({ state, restored, reason, leftMs, leftTokens }: EventOf<'session'>, at: number): void {
    if (leftMs !== undefined || leftTokens !== undefined) return;
    if (state === 'open') {
      this.#connection ??= { at };
      this.#connection.restored = restored ?? 'none';
      return;
    }
    if (state !== 'connecting') this.#disconnected(at, reason);
    if (state === 'connecting' || state === 'rotating') this.#connection ??= { at };
  }

  #disconnected(at: number, reason: string | undefined): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (!connection || !this.#root) return;
    this.#connections += 1;
    const name = `${this.#call.id} connection ${this.#connections}`;
    const { restored } = connection;
    const span = this.#span('connection', name, this.#inCall, connection.at, SpanKind.CLIENT, {
      ...this.#model(),
      'gemini_room.connection.outcome': restored === undefined ? 'failed' : outcomeOf(restored),
      ...(reason === undefined ? {} : { 'gemini_room.connection.end_reason': reason }),
    });
    if (restored === undefined) {
      span.setAttribute('error.type', this.#error ?? 'connection');
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(at);
  }

  #toolEnded(id: string, result: ToolEnd['result'], at: number): void {
    const call = this.#tools.get(id);
    this.#tools.delete(id);
    if (!call) return;
    const ended: ToolEnd = { call, result, at };
    const parent = this.#turnOf.get(id);
    this.#turnOf.delete(id);
    if (parent) this.#tool(ended, parent);
    else this.#endedTools.set(id, ended);
  }

  #tool({ call, result, at }: ToolEnd, parent: Context): void {
    const name = `execute_tool ${call.name}`;
    const { content } = this.#options;
    const attributes = toolAttributes(call, result, { content, kind: this.#begun?.tools[call.name] });
    const id = toolSpanName(call.id);
    const span = this.#span(name, id, parent, call.at, SpanKind.INTERNAL, attributes);
    if (attributes['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(at);
  }

  #toolsOfTurn(tools: Turn['tools'], parent: Context): void {
    for (const { id } of tools) {
      const ended = this.#endedTools.get(id);
      if (ended) this.#tool(ended, parent);
      else if (this.#tools.has(id)) this.#turnOf.set(id, parent);
      this.#endedTools.delete(id);
    }
  }

  #turnEnded(turn: number, at: number): void {
    this.#endedAt.set(turn, at);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#turns(false, Date.now()), TURN_EXPORTED_AFTER_MS).unref();
  }

  #turns(all: boolean, now: number): void {
    const turns = all ? this.#record.transcript.turns : this.#record.state.turns;
    for (const turn of turns) {
      if (this.#exported.has(turn) || !this.#root || (!all && turn.outcome === undefined)) continue;
      this.#exported.add(turn);
      this.#turn(turn, (turn.id && this.#endedAt.get(turn.id)) || now);
    }
  }

  #turn(turn: Turn, at: number): void {
    const usage = turn.id === null ? undefined : this.#usage.get(turn.id);
    const { content } = this.#options;
    const name = `generate_content ${this.#begun?.model ?? ''}`.trim();
    const attributes = { ...this.#model(), ...turnAttributes(turn, usage, content) };
    const id = turn.id === null ? `turn at ${turn.at}` : `turn ${turn.id}`;
    const span = this.#span(
      name,
      `${this.#call.id} ${id}`,
      this.#inCall,
      turn.at,
      SpanKind.CLIENT,
      attributes,
    );
    if (turn.outcome === 'error') span.setStatus({ code: SpanStatusCode.ERROR });
    this.#toolsOfTurn(turn.tools, traceApi.setSpan(ROOT_CONTEXT, span));
    span.end(Math.max(at, turn.at));
    if (turn.id !== null) {
      this.#usage.delete(turn.id);
      this.#endedAt.delete(turn.id);
    }
  }
}
