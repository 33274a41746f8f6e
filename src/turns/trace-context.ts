// The trace of a call: W3C's context of it, and ids of its spans that each process of the call derives by itself.
/** Plain JSON: it goes with the record of the call to other processes. */
export interface RecordedTrace {
  /** 32 hex digits. */
  readonly traceId: string;
  /** The span of the program that has dispatched the agent or sent a participant. */
  readonly parentId?: string;
  /** 00 or 01, whether the trace is recorded. */
  readonly flags: string;
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Undefined for what is no traceparent: W3C demands that it is ignored. */
export function parseTraceparent(text: unknown): RecordedTrace | undefined {
  if (typeof text !== 'string' || text.startsWith('ff')) return undefined;
  const [, traceId, parentId, flags] = TRACEPARENT.exec(text.trim()) ?? [];
  if (!traceId || !parentId || !flags || /^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, flags: (Number.parseInt(flags, 16) & 1) === 1 ? '01' : '00' };
}

/** A trace that begins with this call. */
/** A trace of its own, for a call that continues none. */
export function newTrace(): RecordedTrace {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { traceId: [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''), flags: '01' };
}

/** The id of a span of a call: the same in the process that runs the call and in the one that exports its spans. */
export function spanId({ traceId }: RecordedTrace, name: string): string {
  // FNV-1a of 64 bits: unique within a trace is enough.
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(`${traceId} ${name}`))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return (hash || 1n).toString(16).padStart(16, '0');
}

/** The name of a tool call's span for `spanId`. */
export function toolSpanName(callId: string): string {
  return `tool ${callId}`;
}

export interface TraceContextOptions {
  /** Of the dispatch, or of a participant. */
  readonly incoming: readonly unknown[];
  /** Whether this deployment exports spans; otherwise an incoming context is handed on as it is. */
  readonly exported: boolean;
  readonly restored?: RecordedTrace | null;
  /** Called once in each process, when the trace of the call is known. */
  readonly onTrace: (trace: RecordedTrace) => void;
}

/** Decides once to which trace a call belongs: the dispatch's, the first person's, or its own. */
export class TraceContext {
  readonly #options: TraceContextOptions;
  #trace: RecordedTrace | undefined;

  constructor(options: TraceContextOptions) {
    this.#options = options;
    const incoming = options.incoming.map(parseTraceparent).find((trace) => trace !== undefined);
    const known = options.restored ?? incoming;
    if (known) this.#decide(known);
  }

  /** A person is in the room: the call belongs to their trace where no other is known. */
  person(attributes: Readonly<Record<string, string>>): void {
    if (this.#trace) return;
    const incoming = parseTraceparent(attributes.traceparent);
    if (incoming || this.#options.exported) this.#decide(incoming ?? newTrace());
  }

  /** What a tool call hands on; undefined where there is no trace. */
  ofTool(callId: string): string | undefined {
    if (!this.#trace && this.#options.exported) this.#decide(newTrace());
    const trace = this.#trace;
    if (!trace) return undefined;
    const id = this.#options.exported ? spanId(trace, toolSpanName(callId)) : trace.parentId;
    return id && `00-${trace.traceId}-${id}-${trace.flags}`;
  }

  #decide(trace: RecordedTrace): void {
    this.#trace = trace;
    this.#options.onTrace(trace);
  }
}
