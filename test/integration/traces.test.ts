// Traces: the spans of a spoken turn with a tool, read back from a receiver, and those of a worker that is ended.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveApiOptions, LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { META, startMeta } from '../support/mcp.js';
import { startOtlpReceiver } from '../support/otlp-receiver.js';
import { ownName } from '../support/own-name.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { sine } from '../support/tone.js';
import { startWorker } from '../support/worker.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const DISPATCHER = 'b7ad6b7169203331';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let webhook: Server;
let folder: string;
const asked: IncomingHttpHeaders[] = [];

beforeAll(async () => {
  const rules: NonNullable<LiveApiOptions['scenario']>['rules'] = [
    { when: { speech: true }, do: [{ call: { name: 'weather', args: { city: 'Rome' } } }] },
    { when: { text: 'context' }, do: [{ call: { name: 'meta__context', args: {} } }] },
    { when: { toolResponse: 'weather' }, do: [{ say: 'Sunny.' }] },
    { when: { toolResponse: 'meta__context' }, do: [{ call: { name: 'web__context', args: {} } }] },
    { when: { toolResponse: 'web__context' }, do: [{ say: 'Well.' }] },
    { when: { text: '.' }, do: [{ say: 'Well.' }] },
  ];
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers({ scenario: { rules } })]);
  folder = await mkdtemp(join(tmpdir(), 'traces-'));
  webhook = createServer((request, response) => {
    asked.push(request.headers);
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"sky":"blue"}');
  });
  await once(webhook.listen(0, '127.0.0.1'), 'listening');
});

afterAll(async () => {
  webhook?.close();
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('the span tree of a call, its context continued and handed on, and exported when the worker ends', async () => {
  await using receiver = await startOtlpReceiver();
  const AGENT_MCP = join(folder, 'mcp.json');
  await using web = await startMeta();
  const mcpServers = { meta: { command: process.execPath, args: [META] }, web: { url: web.url } };
  await writeFile(AGENT_MCP, JSON.stringify({ mcpServers }));
  const origin = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}`;
  await using worker = await startWorker({
    livekit,
    liveApi,
    env: {
      AGENT_ISOLATION: 'shared',
      AGENT_DRAIN_MS: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      AGENT_MCP,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      TOOL_WEBHOOK_ORIGINS: origin,
      TOOL_WEBHOOK_SECRET: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0',
    },
  });
  const room = ownName('traced');
  await using person = new Person();
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  const sid = await person.room.getSid();
  await worker.dispatch(room, {
    traceparent: `00-${TRACE}-${DISPATCHER}-01`,
    mcp: { meta: {}, web: {} },
    tools: [
      {
        declaration: {
          name: 'weather',
          parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } } },
        },
        run: { by: 'webhook', url: `${origin}/weather` },
      },
    ],
  });
  await person.waitFor(() => person.state() === 'listening' && person.listenedTo, 20_000);
  await person.speak(sine(300, 1_000, 48_000), 48_000);
  const completed = () =>
    person.events().filter(({ type, phase }) => type === 'turn' && phase === 'completed').length;
  await person.waitFor(() => completed() === 1, 20_000);
  await person.sendChat('context');
  await person.waitFor(() => completed() === 2, 20_000);
  worker.kill('SIGTERM');
  expect(await worker.ended).toBe(143);
  await person.close();

  const { spans } = receiver;
  const named = (name: string) => spans.filter((span) => span.name === name);
  const [root] = named('invoke_agent');
  expect(root).toMatchObject({
    traceId: TRACE,
    parentSpanId: DISPATCHER,
    resource: { 'service.name': 'gemini-room-agent', 'deployment.environment.name': 'test' },
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.conversation.id': sid,
      'gen_ai.provider.name': 'gcp.gemini',
      'gen_ai.request.model': 'gemini-3.8-live',
      'gen_ai.output.type': 'speech',
      'gemini_room.call.outcome': 'closed',
    },
  });
  expect(spans.every(({ traceId }) => traceId === TRACE)).toBe(true);
  const [connection] = named('connection');
  expect(connection).toMatchObject({
    parentSpanId: root?.spanId,
    attributes: { 'gemini_room.connection.outcome': 'opened' },
  });
  const [tool] = named('execute_tool weather');
  const turn = spans.find(({ spanId }) => spanId === tool?.parentSpanId);
  expect(turn).toMatchObject({
    name: 'generate_content gemini-3.8-live',
    parentSpanId: root?.spanId,
    attributes: {
      'gen_ai.operation.name': 'generate_content',
      'gemini_room.turn.outcome': 'completed',
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
      'gen_ai.usage.input_tokens': expect.any(Number),
      'gen_ai.usage.output_tokens': expect.any(Number),
    },
  });
  expect(tool).toMatchObject({
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'weather',
      'gen_ai.tool.call.id': expect.any(String),
      'gemini_room.tool.kind': 'webhook',
      'gemini_room.tool.outcome': 'ok',
    },
  });
  for (const span of spans) {
    expect(span.startMs).toBeGreaterThanOrEqual((root?.startMs ?? 0) - 1);
    expect(span.endMs).toBeLessThanOrEqual(root?.endMs ?? 0);
  }
  // The receiver of the webhook continues the span of its tool.
  expect(asked.at(-1)?.traceparent).toBe(`00-${TRACE}-${tool?.spanId}-01`);
  // Over stdio and over HTTP.
  for (const name of ['meta__context', 'web__context']) {
    const [mcpTool] = named(`execute_tool ${name}`);
    expect(mcpTool?.attributes).toMatchObject({
      'gemini_room.tool.kind': 'mcp',
      'gemini_room.tool.outcome': 'ok',
    });
    const answer = person.events().find((event) => event.type === 'tool.result' && event.name === name);
    expect(JSON.stringify(answer)).toContain(`00-${TRACE}-${mcpTool?.spanId}-01`);
  }
  const exported = JSON.stringify(receiver.bodies);
  for (const word of ['Rome', 'Sunny', 'blue', 'ana', room]) expect(exported).not.toContain(word);
});
