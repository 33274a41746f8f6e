// The export of spans as OpenTelemetry's variables set it: protocol, address, headers, compression, sampler; and receivers that fail.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTracing } from '../../../agent/observe/tracing.js';
import { readEnvironment } from '../../../src/config/environment.js';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.js';

const IDS = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await receiver[Symbol.asyncDispose]();
});

/** Exports one span in this environment. Returns what was warned of; undefined where nothing is exported. */
async function exportSpan(variables: Readonly<Record<string, string>>): Promise<unknown[] | undefined> {
  // The exporter reads the environment of the process itself.
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const warned: unknown[] = [];
  const tracing = await startTracing(readEnvironment({ GOOGLE_API_KEY: 'k', ...variables }), {
    warn: (fields: object) => warned.push(fields),
  });
  if (!tracing) return undefined;
  tracing.ids.plan(IDS);
  const attributes = { text: 'words', count: 7, negative: -7, share: 0.25, yes: true };
  tracing.tracer.startSpan('invoke_agent', { attributes }).end();
  await tracing.flush();
  await tracing.close();
  return warned;
}

test.each([
  ['protobuf by default', {}, PROTOBUF],
  ['protobuf', { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, PROTOBUF],
  ['JSON', { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, JSON_TYPE],
  [
    'the protocol of traces before the general one',
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' },
    PROTOBUF,
  ],
  ['in upper case', { OTEL_EXPORTER_OTLP_PROTOCOL: 'HTTP/JSON' }, JSON_TYPE],
  ['an empty protocol, as if it were not set', { OTEL_EXPORTER_OTLP_PROTOCOL: '' }, PROTOBUF],
])('%s', async (_name, variables, type) => {
  expect(await exportSpan({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...variables })).toEqual([]);
  expect(receiver.bodies.map(({ headers }) => headers['content-type'])).toEqual([type]);
  expect(receiver.spans).toEqual([
    expect.objectContaining({
      ...IDS,
      name: 'invoke_agent',
      parentSpanId: '',
      resource: expect.objectContaining({ 'service.name': 'gemini-room-agent' }),
      attributes: { text: 'words', count: 7, negative: -7, share: 0.25, yes: true },
    }),
  ]);
  expect(Math.abs(Date.now() - (receiver.spans[0]?.startMs ?? 0))).toBeLessThan(60_000);
});

test.each(['http/protobuf', 'http/json'])(
  '%s with headers, compression, names and a path',
  async (protocol) => {
    const variables = {
      // Of traces alone, with its path; the general one is not used.
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_SERVICE_NAME: 'hotline',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    };
    expect(await exportSpan(variables)).toEqual([]);
    const [body] = receiver.bodies;
    expect(body?.headers).toMatchObject({ authorization: 'Bearer secret', 'content-encoding': 'gzip' });
    expect(receiver.spans).toMatchObject([
      { ...IDS, resource: { 'service.name': 'hotline', 'deployment.environment.name': 'test' } },
    ]);
  },
);

test.each([
  ['without an address', {}],
  ['that is switched off', { OTEL_SDK_DISABLED: 'true' }],
  ['without an exporter', { OTEL_TRACES_EXPORTER: 'none' }],
])('an environment %s exports nothing and loads no SDK', async (name, variables) => {
  const endpoint = name === 'without an address' ? '' : receiver.url;
  expect(await exportSpan({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...variables })).toBeUndefined();
});

test('a sampler that takes no span exports none', async () => {
  const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER: 'always_off' };
  expect(await exportSpan(variables)).toEqual([]);
  expect(receiver.bodies).toEqual([]);
});

test.each(['http/protobuf', 'http/json'])(
  '%s to a receiver that refuses is a warning, without its headers',
  async (protocol) => {
    const warned = await exportSpan({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/wrong`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret',
    });
    expect(warned).toEqual([{ code: 'traces', reason: expect.stringContaining('Not Found') }]);
    expect(JSON.stringify(warned)).not.toContain('secret');
  },
);

test('gRPC is refused by name', () => {
  expect(() => readEnvironment({ GOOGLE_API_KEY: 'k', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toThrow(
    'OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/protobuf, http/json',
  );
});
