// OpenTelemetry's SDK for the spans of calls: loaded only where OTEL_EXPORTER_OTLP_ENDPOINT names a receiver.
import { DiagLogLevel, diag, type Tracer } from '@opentelemetry/api';
import type { Environment, Logger } from '../../src/index.js';

const NAME = 'gemini-room-agent';

export interface Tracing {
  readonly tracer: Tracer;
  readonly ids: PlannedIds;
  /** Sends what waits. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Ids of spans as their calls have derived them, so that other processes can name a span before it is exported. */
export class PlannedIds {
  #next: { readonly traceId: string; readonly spanId: string } | undefined;

  plan(next: { readonly traceId: string; readonly spanId: string }): void {
    this.#next = next;
  }

  generateTraceId(): string {
    return this.#planned().traceId;
  }

  generateSpanId(): string {
    return this.#planned().spanId;
  }

  #planned(): { readonly traceId: string; readonly spanId: string } {
    if (!this.#next) throw new Error('no id was planned for a span');
    return this.#next;
  }
}

/** Where nobody receives spans: undefined. */
export async function startTracing(
  { traces }: Pick<Environment, 'traces'>,
  log: Pick<Logger, 'warn'>,
): Promise<Tracing | undefined> {
  if (!traces) return undefined;
  const warn = (message: string): void =>
    log.warn({ code: 'traces', reason: message }, 'spans were not exported');
  const silent = (): void => {};
  const logger = { error: warn, warn, info: silent, debug: silent, verbose: silent };
  // Otherwise OpenTelemetry warns of a logger that was there before.
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const [{ BasicTracerProvider, BatchSpanProcessor }, resources, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/resources'),
    traces.protocol === 'http/json'
      ? import('@opentelemetry/exporter-trace-otlp-http')
      : import('@opentelemetry/exporter-trace-otlp-proto'),
  ]);
  const ids = new PlannedIds();
  const { envDetector, detectResources, resourceFromAttributes } = resources;
  // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence.
  const resource = resourceFromAttributes({ 'service.name': NAME }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const provider = new BasicTracerProvider({
    resource,
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const reported = (error: unknown): void => warn(error instanceof Error ? error.message : String(error));
  return {
    tracer: provider.getTracer(NAME),
    ids,
    flush: () => provider.forceFlush().catch(reported),
    close: () => provider.shutdown().catch(reported),
  };
}
