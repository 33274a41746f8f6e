// The client of MCP servers against real processes: transports, OAuth, changes of tools, cancellation, kinds of answers.
import { expect, test, vi } from 'vitest';
import type { McpServerConfig } from '../../src/config/mcp-servers.js';
import { callMcp } from '../../src/tools/mcp/call.js';
import type { McpServers } from '../../src/tools/mcp/servers.js';
import { MediaAnswer, ToolAnswer, ToolError } from '../../src/tools/tool.js';
import { deploymentOf, oddServer, startEverything, startOdd, stdioServer } from '../support/mcp.js';
import { contextOf } from '../unit/tools/support.js';

interface CallOptions {
  readonly args?: Record<string, unknown>;
  readonly signal?: AbortSignal;
  readonly takesMedia?: boolean;
}

/** The answers of a call, the last one last. */
async function callOn(mcp: McpServers, name: string, options: CallOptions = {}): Promise<unknown[]> {
  const [server = '', tool = ''] = name.split('__');
  const { args = {}, takesMedia = false } = options;
  const context = contextOf(options.signal ? { signal: options.signal } : {});
  const run = { by: 'mcp', server, tool } as const;
  const generator = callMcp(mcp, { run, args, fixed: {}, timeoutMs: 10_000, takesMedia, context });
  const answers: unknown[] = [];
  for (;;) {
    const { done, value } = await generator.next();
    answers.push(value);
    if (done) return answers;
  }
}

const lastOf = async (mcp: McpServers, name: string, options?: CallOptions): Promise<unknown> =>
  (await callOn(mcp, name, options)).at(-1);

test('the older transport: tools of an SSE server are found, called, and report progress', async () => {
  await using remote = await startEverything('sse');
  await using tools = await deploymentOf({ old: { kind: 'sse', url: remote.url, headers: {} } });
  expect(tools.mcp.get('old')?.known?.tools.map(({ name }) => name)).toContain('echo');
  expect(await lastOf(tools.mcp, 'old__echo', { args: { message: 'hi' } })).toBe('Echo: hi');
  const args = { duration: 0.4, steps: 2 };
  const [first, ...rest] = await callOn(tools.mcp, 'old__trigger-long-running-operation', { args });
  expect(first).toBeInstanceOf(ToolAnswer);
  expect((first as ToolAnswer).value).toMatchObject({ progress: 1, total: 2 });
  expect(rest.at(-1)).toMatch(/completed/);
});

test('OAuth client credentials: a token is fetched with them, and wrong ones reach nothing', async () => {
  await using remote = await startOdd('oauth');
  const config = (clientSecret: string): McpServerConfig => ({
    kind: 'http',
    url: remote.url,
    headers: {},
    oauth: { clientId: 'agent', clientSecret, issuer: new URL(remote.url).origin },
  });
  await using tools = await deploymentOf({ right: config('s3cret'), wrong: config('guessed') });
  expect(await lastOf(tools.mcp, 'right__slow-not')).toBe('ran slow-not');
  expect(tools.mcp.get('wrong')?.known).toBeUndefined();
  await expect(lastOf(tools.mcp, 'wrong__odd')).rejects.toMatchObject({ code: 'unavailable' });
});

test.each(['stdio', 'http'] as const)('over %s', async (transport) => {
  await using remote = transport === 'http' ? await startOdd() : undefined;
  const config: McpServerConfig = remote ? { kind: 'http', url: remote.url, headers: {} } : oddServer();
  await using tools = await deploymentOf({ odd: config });
  const { mcp } = tools;

  // What a server asks of the client is refused in the protocol's way, and the call goes on.
  const asked = JSON.parse(String(await lastOf(mcp, 'odd__asks'))) as { error?: { code: number } }[];
  expect(asked.map(({ error }) => error?.code)).toEqual([-32601, -32601, -32601]);

  // A change of its tools is reported to those who follow.
  const changed = vi.fn();
  using followed = { [Symbol.dispose]: mcp.follow(['odd'], { changed, lost: () => {} }) };
  await lastOf(mcp, 'odd__grow');
  await vi.waitFor(() => expect(changed).toHaveBeenCalledWith('odd'), 10_000);
  expect(mcp.get('odd')?.known?.tools.map(({ name }) => name)).toContain('grown_0');

  // A call that is taken back ends at once, and the server is notified.
  const abort = new AbortController();
  const call = lastOf(mcp, 'odd__never', { signal: abort.signal });
  await vi.waitFor(async () => expect(await lastOf(mcp, 'odd__cancelled')).toBe('[]'));
  abort.abort(new ToolError('cancelled', 'the model has cancelled the call'));
  expect(await call).toBeUndefined();
  await vi.waitFor(
    async () => expect(JSON.parse(String(await lastOf(mcp, 'odd__cancelled')))).toHaveLength(1),
    10_000,
  );

  // Images and documents go beside the words where the model takes them, 256 KB at most.
  const media = (await lastOf(mcp, 'odd__media', { takesMedia: true })) as MediaAnswer;
  expect(media).toBeInstanceOf(MediaAnswer);
  expect(media.media.map(({ mimeType }) => mimeType)).toEqual(['image/png']);
  expect(String(media.value).split('\n')).toEqual([
    'Here it is.',
    '[image image/png, attached]',
    '[image image/svg+xml, which cannot be shown here]',
    '[image image/png, too large to be shown here]',
    '[audio audio/wav, which cannot be shown here]',
    'embedded words',
    '[resource file:///a.bin application/octet-stream, which cannot be shown here]',
    'b: file:///b.txt (more)',
  ]);
  expect(await lastOf(mcp, 'odd__media')).toContain('[image image/png, which cannot be shown here]');

  // An answer that is none of the protocol is this call's error alone.
  await expect(lastOf(mcp, 'odd__odd')).rejects.toMatchObject({ code: 'bad_answer' });
  expect(String(await lastOf(mcp, 'odd__huge'))).toHaveLength(10 * 1024 * 1024);
  void followed;
});

test('over HTTP a server that dies in a call ends the call, not its timeout', async () => {
  await using remote = await startOdd();
  await using tools = await deploymentOf({ odd: { kind: 'http', url: remote.url, headers: {} } });
  const lost = vi.fn();
  using followed = { [Symbol.dispose]: tools.mcp.follow(['odd'], { changed: () => {}, lost }) };
  await expect(lastOf(tools.mcp, 'odd__dies')).rejects.toMatchObject({ code: 'unavailable' });
  expect(lost).toHaveBeenCalledTimes(1);
  void followed;
});

test('structured content comes before text, and wrong input is the error of the tool', async () => {
  await using tools = await deploymentOf({ everything: stdioServer('server-everything', 'stdio') });
  const call = (location: unknown) =>
    lastOf(tools.mcp, 'everything__get-structured-content', { args: { location } });
  expect(await call('New York')).toMatchObject({ temperature: expect.any(Number) });
  await expect(call(7)).rejects.toMatchObject({ code: 'failed' });
});

test('tools that do not follow the protocol are left out, and the others are found', async () => {
  await using tools = await deploymentOf({ odd: oddServer('crooked') });
  const names = tools.mcp.get('odd')?.known?.tools.map(({ name }) => name);
  expect(names).toContain('context');
  expect(names).not.toContain(7);
});
