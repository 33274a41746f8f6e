// Tools of MCP servers that others wrote, in a real room: found, called, lost, found again; and calls that wait to be allowed.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LiveApiServer, type LiveApiSession, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { McpServerConfig } from '../../src/config/mcp-servers.js';
import { startCall } from '../support/call.js';
import { freePort } from '../support/free-port.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { deploymentOf, startEverythingOverHttp, stdioServer } from '../support/mcp.js';
import { eventsOf, responseOf, responsesOf, startReadyCall, toolEvents } from '../support/tool-call.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcp-'));
  [livekit, liveApi] = await Promise.all([
    startLivekitServer(),
    startLiveApi({ speech: 'tones', pace: 'prompt' }),
  ]);
});
afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What is written is answered with these calls. */
function callsOn(
  rules: Record<string, { name: string; id: string; args?: Record<string, unknown> }[]>,
): void {
  liveApi.setScenario({
    otherwise: 'silence',
    rules: Object.entries(rules).map(([text, calls]) => ({ when: { text }, do: [{ calls }] })),
  });
}

const odd = (...args: string[]): McpServerConfig => ({
  kind: 'stdio',
  command: process.execPath,
  args: [fileURLToPath(new URL('../support/odd-mcp-server.mjs', import.meta.url)), ...args],
  env: {},
});

function declarationsOf(session: LiveApiSession): { name: string; parameters?: object }[] {
  const [{ setup } = { setup: {} }] = session.received as [{ setup?: { tools?: object[] } }];
  return (setup?.tools ?? []).flatMap(
    (entry) => (entry as { functionDeclarations?: { name: string }[] }).functionDeclarations ?? [],
  );
}

test('three servers of others: every kind of tool is called and answered', async () => {
  await writeFile(join(folder, 'note.txt'), 'the answer is 42');
  await using tools = await deploymentOf({
    everything: stdioServer('server-everything', 'stdio'),
    files: stdioServer('server-filesystem', folder),
    memory: {
      ...stdioServer('server-memory'),
      env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
    } as McpServerConfig,
  });
  const calls = [
    { id: 'echo', name: 'everything__echo', args: { message: 'hi' } },
    { id: 'sum', name: 'everything__get-sum', args: { a: 2 } },
    { id: 'structured', name: 'everything__get-structured-content', args: { location: 'New York' } },
    { id: 'image', name: 'everything__get-tiny-image', args: {} },
    { id: 'wrong', name: 'everything__get-structured-content', args: { location: 7 } },
    { id: 'read', name: 'files__read_text_file', args: { path: join(folder, 'note.txt') } },
    { id: 'forbidden', name: 'files__read_text_file', args: { path: '/etc/passwd' } },
    {
      id: 'remember',
      name: 'memory__create_entities',
      args: { entities: [{ name: 'Ana', entityType: 'person', observations: ['likes tea'] }] },
    },
  ];
  callsOn({ go: calls, recall: [{ id: 'graph', name: 'memory__read_graph', args: {} }] });
  await using call = await startReadyCall({
    livekit,
    liveApi,
    tools,
    profile: {
      instructions: 'Be kind.',
      mcp: {
        everything: { arguments: { 'get-sum': { b: 40 } } },
        files: { tools: ['read_text_file'] },
        memory: {},
      },
    },
  });
  const declared = declarationsOf(call.session);
  expect(declared.find(({ name }) => name === 'everything__get-sum')?.parameters).toEqual({
    type: 'OBJECT',
    properties: { a: { type: 'NUMBER', description: 'First number' } },
    required: ['a'],
  });
  expect(declared.filter(({ name }) => name.startsWith('files__')).map(({ name }) => name)).toEqual([
    'files__read_text_file',
  ]);
  expect(JSON.stringify(call.session.received[0])).toMatch(
    /Be kind\.\\n\\nTools whose names begin with everything__:/,
  );
  await call.person.sendChat('go');
  await Promise.all(calls.map(({ id }) => responseOf(call.session, id)));
  const answers = Object.fromEntries(responsesOf(call.session).map(({ id, response }) => [id, response]));
  expect(answers.echo).toEqual({ output: 'Echo: hi' });
  expect(answers.sum).toEqual({ output: 'The sum of 2 and 40 is 42.' });
  expect(answers.structured).toMatchObject({
    temperature: expect.any(Number),
    conditions: expect.any(String),
  });
  expect(answers.image?.output).toContain('[image image/png, which cannot be shown here]');
  expect(answers.wrong).toMatchObject({ error: { code: 'failed' } });
  expect(JSON.stringify(answers.read)).toContain('the answer is 42');
  expect(answers.forbidden).toMatchObject({ error: { code: 'failed' } });
  await call.person.sendChat('recall');
  expect(JSON.stringify((await responseOf(call.session, 'graph')).response)).toContain('likes tea');
});

test('progress is a partial answer, and a cancelled call is over', async () => {
  await using tools = await deploymentOf({ everything: stdioServer('server-everything', 'stdio') });
  callsOn({
    go: [{ id: 'long', name: 'everything__trigger-long-running-operation', args: { duration: 1, steps: 2 } }],
  });
  const profile = { mcp: { everything: {} } };
  await using call = await startReadyCall({ livekit, liveApi, tools, profile });
  await call.person.sendChat('go');
  await call.session.waitForReceived((message) =>
    /Long running operation completed/.test(JSON.stringify(message)),
  );
  const [first, ...rest] = responsesOf(call.session);
  expect(first).toMatchObject({
    willContinue: true,
    scheduling: 'SILENT',
    response: { progress: 1, total: 2 },
  });
  expect(rest.at(-1)).not.toHaveProperty('willContinue');
});

test('hostile names and schemas, 600 tools, a 10 MB answer, a hung call and a death: the call goes on', async () => {
  await using tools = await deploymentOf({ odd: odd('many') });
  callsOn({
    go: [
      { id: 'huge', name: 'odd__huge' },
      { id: 'never', name: 'odd__never' },
      { id: 'slash', name: 'odd__.._.._etc' },
      { id: 'context', name: 'odd__context' },
    ],
    die: [{ id: 'dies', name: 'odd__dies' }],
    again: [{ id: 'again', name: 'odd__.._.._etc' }],
  });
  const profile = { mcp: { odd: { timeoutMs: 5_000 } }, data: { userId: '42' } };
  await using call = await startReadyCall({ livekit, liveApi, tools, profile });
  const names = declarationsOf(call.session).map(({ name }) => name);
  expect(names.length).toBe(512);
  expect(names).toContain('odd__bad_name_');
  for (const name of names) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/);
  await call.person.sendChat('go');
  expect((await responseOf(call.session, 'huge')).response).toMatchObject({ error: { code: 'too_large' } });
  expect((await responseOf(call.session, 'slash')).response).toEqual({ output: 'ran ../../etc' });
  expect((await responseOf(call.session, 'never')).response).toMatchObject({ error: { code: 'timeout' } });
  const { output } = (await responseOf(call.session, 'context')).response as { output: string };
  expect(JSON.parse(output)).toMatchObject({
    'gemini-room-agent/call': { id: 'context', room: call.room, by: 'chat', data: { userId: '42' } },
  });
  await call.person.sendChat('die');
  expect((await responseOf(call.session, 'dies')).response).toMatchObject({ error: { code: 'unavailable' } });
  await call.person.waitFor((person) => eventsOf(person, 'error').length > 0, 15_000);
  expect(eventsOf(call.person, 'error')).toMatchObject([
    {
      code: 'mcp',
      fatal: false,
      message: 'the MCP server odd is lost: calls to its tools fail until it is back',
    },
  ]);
  await call.person.sendChat('again');
  expect((await responseOf(call.session, 'again')).response).toEqual({ output: 'ran ../../etc' });
});

test('a server that is down is reported and missed; where it is required, the call is refused', async () => {
  const down: McpServerConfig = {
    kind: 'http',
    url: `http://127.0.0.1:${await freePort()}/mcp`,
    headers: {},
  };
  await using tools = await deploymentOf({ down });
  callsOn({});
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

test('over HTTP: a server that was started anew is used again', async () => {
  const port = await freePort();
  let child = await startEverythingOverHttp(port);
  try {
    const web: McpServerConfig = { kind: 'http', url: `http://127.0.0.1:${port}/mcp`, headers: {} };
    await using tools = await deploymentOf({ web });
    const echo = { name: 'web__echo', args: { message: 'hi' } };
    callsOn({ go: [{ ...echo, id: 'first' }], again: [{ ...echo, id: 'again' }] });
    await using call = await startReadyCall({ livekit, liveApi, tools, profile: { mcp: { web: {} } } });
    await call.person.sendChat('go');
    expect((await responseOf(call.session, 'first')).response).toEqual({ output: 'Echo: hi' });
    child.kill('SIGKILL');
    await once(child, 'close');
    child = await startEverythingOverHttp(port);
    await call.person.sendChat('again');
    expect((await responseOf(call.session, 'again')).response).toEqual({ output: 'Echo: hi' });
  } finally {
    child.kill('SIGKILL');
  }
});

test('a call that somebody has to allow waits, says so, and runs once it is allowed', async () => {
  callsOn({
    pay: [{ id: 'p1', name: 'pay', args: { euros: 4 } }],
    more: [{ id: 'p2', name: 'pay', args: { euros: 9 } }],
  });
  const profile = { tools: [{ declaration: { name: 'pay' }, approve: ['boss'] }] };
  await using call = await startReadyCall({ livekit, liveApi, profile });
  const paid: string[] = [];
  call.person.registerRpc('pay', async ({ payload }) => {
    paid.push(payload);
    return 'paid';
  });
  const boss = await call.join('boss');
  const approve = (person: typeof boss, id: string, ok: boolean) =>
    person.rpc('approve', JSON.stringify({ id, ok }));
  await call.person.sendChat('pay');
  await boss.waitFor((person) => eventsOf(person, 'tool.approval').length > 0, 15_000);
  expect(eventsOf(boss, 'tool.approval')).toMatchObject([
    { id: 'p1', name: 'pay', args: { euros: 4 }, from: ['boss'], state: 'waiting' },
  ]);
  expect((await responseOf(call.session, 'p1')).response).toMatchObject({ status: 'waiting' });
  await expect(approve(call.person, 'p1', true)).rejects.toMatchObject({ code: 403 });
  expect(paid).toEqual([]);
  await approve(boss, 'p1', true);
  await expect(approve(boss, 'p1', false)).rejects.toMatchObject({ code: 409 });
  await vi.waitFor(() => expect(responsesOf(call.session).at(-1)?.response).toEqual({ output: 'paid' }));
  expect(paid).toEqual(['{"euros":4}']);
  await call.person.sendChat('more');
  await boss.waitFor((person) => eventsOf(person, 'tool.approval').length > 2, 15_000);
  await approve(boss, 'p2', false);
  await vi.waitFor(() =>
    expect(responsesOf(call.session).at(-1)?.response).toEqual({
      error: { code: 'refused', message: 'boss has not allowed it' },
    }),
  );
  expect(paid).toHaveLength(1);
  // The event of the refusal and the answer to the model go out by different ways.
  await boss.waitFor((person) => eventsOf(person, 'tool.approval').length >= 4, 15_000);
  expect(toolEvents(boss).filter((event) => event.startsWith('tool.approval'))).toHaveLength(4);
});
