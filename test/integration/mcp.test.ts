// Tools of MCP servers that others wrote, in a real room: found, called, lost, found again.
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { McpServerConfig } from '../../src/config/mcp-servers.js';
import { NO_TOOL_DEPLOYMENT } from '../../src/tools/deployment.js';
import { startCall } from '../support/call.js';
import { callsOn } from '../support/calls-on.js';
import { freePort } from '../support/free-port.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { deploymentOf, oddServer, serversOf, startEverything } from '../support/mcp.js';
import { declarationsOf, eventsOf, responseOf, startReadyCall } from '../support/tool-call.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([
    startLivekitServer(),
    startLiveApi({ speech: 'tones', pace: 'prompt' }),
  ]);
});
afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test('hostile names and schemas, 600 tools, a 10 MB answer, a late one, a death and a hang: the call goes on, one event each', async () => {
  await using tools = await deploymentOf({ odd: oddServer('many') });
  callsOn(liveApi, {
    go: [
      { id: 'huge', name: 'odd__huge' },
      { id: 'never', name: 'odd__never' },
      { id: 'slash', name: 'odd__.._.._etc' },
      { id: 'context', name: 'odd__context' },
    ],
    die: [{ id: 'dies', name: 'odd__dies' }],
    hang: [{ id: 'hangs', name: 'odd__hangs' }],
    back: [{ id: 'back', name: 'odd__.._.._etc' }],
    again: [{ id: 'again', name: 'odd__.._.._etc' }],
  });
  const profile = { mcp: { odd: { timeoutMs: 2_000 } }, data: { userId: '42' } };
  await using call = await startReadyCall({ livekit, liveApi, tools, profile });
  const names = declarationsOf(call.session).map(({ name }) => name);
  expect(names.length).toBe(512);
  expect(names).toContain('odd__bad_name_');
  for (const name of names) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/);
  const problems = () => eventsOf(call.person, 'error').map(({ code, message }) => `${code}: ${message}`);
  const problem = async (count: number) => {
    await call.person.waitFor(() => problems().length >= count, 20_000);
    return problems()[count - 1];
  };
  expect(await problem(1)).toMatch(/^mcp: the MCP server odd has \d+ tools that are left out: /);
  await call.person.sendChat('go');
  expect((await responseOf(call.session, 'huge')).response).toMatchObject({ error: { code: 'too_large' } });
  expect((await responseOf(call.session, 'slash')).response).toEqual({ output: 'ran ../../etc' });
  expect((await responseOf(call.session, 'never')).response).toMatchObject({ error: { code: 'timeout' } });
  const { output } = (await responseOf(call.session, 'context')).response as { output: string };
  expect(JSON.parse(output)).toMatchObject({
    'gemini-room-agent/call': { id: 'context', room: call.room, by: 'chat', data: { userId: '42' } },
  });
  const lost = 'mcp: the MCP server odd is lost: calls to its tools fail until it is back';
  await call.person.sendChat('die');
  expect((await responseOf(call.session, 'dies')).response).toMatchObject({ error: { code: 'unavailable' } });
  expect(await problem(2)).toBe(lost);
  await call.person.sendChat('again');
  expect((await responseOf(call.session, 'again')).response).toEqual({ output: 'ran ../../etc' });
  // The whole process hangs: it is noticed after the call has timed out, and replaced.
  await call.person.sendChat('hang');
  expect((await responseOf(call.session, 'hangs')).response).toMatchObject({ error: { code: 'timeout' } });
  expect(await problem(3)).toBe(lost);
  await call.person.sendChat('back');
  expect((await responseOf(call.session, 'back')).response).toEqual({ output: 'ran ../../etc' });
  expect(problems()).toHaveLength(3);
});

test('a server that is down is reported and missed; where it is required, the call is refused', async () => {
  const down: McpServerConfig = {
    kind: 'http',
    url: `http://127.0.0.1:${await freePort()}/mcp`,
    headers: {},
  };
  await using tools = await deploymentOf({ down });
  callsOn(liveApi, {});
  {
    await using call = await startReadyCall({ livekit, liveApi, tools, profile: { mcp: { down: {} } } });
    await call.person.waitFor((person) => eventsOf(person, 'error').length > 0, 15_000);
    expect(eventsOf(call.person, 'error')).toMatchObject([
      { code: 'mcp', message: 'the MCP server down cannot be reached: its tools are missing until it can' },
    ]);
  }
  await using refused = await startCall({
    livekit,
    liveApi,
    tools,
    profile: { mcp: { down: { required: true } } },
  });
  expect(await refused.end).toMatchObject({
    failed: true,
    reason: expect.stringContaining('mcp.down: is required, and the MCP server cannot be reached'),
  });
  await using unknown = await startCall({ livekit, liveApi, tools, profile: { mcp: { dwon: {} } } });
  expect((await unknown.end).reason).toContain(
    'mcp.dwon: is not an MCP server of this deployment; did you mean down?',
  );
});

test('a server that is slow to answer is reported, and the model gets its tools when it has; new ones too', async () => {
  const tools = { ...NO_TOOL_DEPLOYMENT, mcp: serversOf({ odd: oddServer('slow-list') }) };
  await using closing = { [Symbol.asyncDispose]: () => tools.mcp.close() };
  callsOn(liveApi, { go: [{ id: 'grow', name: 'odd__grow' }], new: [{ id: 'grown', name: 'odd__grown_0' }] });
  await using call = await startReadyCall({ livekit, liveApi, tools, profile: { mcp: { odd: {} } } });
  await call.person.waitFor(() => eventsOf(call.person, 'error').length > 0, 15_000);
  expect(eventsOf(call.person, 'error')[0]).toMatchObject({
    code: 'mcp',
    message: 'the MCP server odd has not answered yet: its tools are added when it does',
  });
  expect(declarationsOf(call.session)).toEqual([]);
  const updated = (name: string) =>
    call.session.waitForReceived((message) => JSON.stringify(message.contextUpdate ?? {}).includes(name));
  await updated('odd__grow');
  await call.person.sendChat('go');
  await updated('odd__grown_0');
  await call.person.sendChat('new');
  expect((await responseOf(call.session, 'grown')).response).toEqual({ output: 'ran grown_0' });
  void closing;
});

test('over HTTP: a server that was started anew is used again', async () => {
  const port = await freePort();
  let remote = await startEverything('streamableHttp', port);
  try {
    await using tools = await deploymentOf({ web: { kind: 'http', url: remote.url, headers: {} } });
    const echo = { name: 'web__echo', args: { message: 'hi' } };
    callsOn(liveApi, { go: [{ ...echo, id: 'first' }], again: [{ ...echo, id: 'again' }] });
    await using call = await startReadyCall({ livekit, liveApi, tools, profile: { mcp: { web: {} } } });
    await call.person.sendChat('go');
    expect((await responseOf(call.session, 'first')).response).toEqual({ output: 'Echo: hi' });
    await remote.kill();
    remote = await startEverything('streamableHttp', port);
    await call.person.sendChat('again');
    expect((await responseOf(call.session, 'again')).response).toEqual({ output: 'Echo: hi' });
  } finally {
    await remote.kill();
  }
});
