// What has to be there before a row's call: an earlier session, a token, a webhook's server, a module.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LiveApiSession } from '@gemini-room-agent/live-api';
import { NO_TOOL_DEPLOYMENT, type ToolDeployment } from '../../../src/tools/deployment.js';
import { defineTool, z } from '../../../src/tools/tool.js';
import { startCall } from '../call.js';
import type { FeatureServers } from '../feature-run.js';
import { type Feature, HANDLE, HANDLE_IN_WORDS, type Json, WEBHOOK } from './feature.js';

export interface Given extends AsyncDisposable {
  readonly apiKey: string;
  readonly tools?: ToolDeployment;
  /** The session that is taken up. */
  readonly earlier?: LiveApiSession;
  /** Puts what is known only now into a profile. */
  put(value: Json): unknown;
}

export async function fulfil(what: Feature['given'], servers: FeatureServers): Promise<Given> {
  const apiKey = `key-${randomUUID()}`;
  const nothing: Given = { apiKey, put: (value) => value, [Symbol.asyncDispose]: async () => {} };
  switch (what) {
    case undefined:
      return nothing;
    case 'handle':
      return { ...nothing, ...(await earlierSession(apiKey, servers)) };
    case 'token':
      return { ...nothing, apiKey: await mint(servers.liveApi.url) };
    case 'module':
      return {
        ...nothing,
        tools: { ...NO_TOOL_DEPLOYMENT, modules: new Map([['add-numbers', addNumbers]]) },
      };
    case 'webhook':
      return { ...nothing, ...(await webhook()) };
  }
}

async function earlierSession(
  apiKey: string,
  servers: FeatureServers,
): Promise<Pick<Given, 'earlier' | 'put'>> {
  await using call = await startCall({ ...servers, profile: { control: ['ana'] }, access: { apiKey } });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  await person.sendChat('My name is Ana.');
  await person.waitFor(
    () => person.events().some(({ type, phase }) => type === 'turn' && phase === 'completed'),
    15_000,
  );
  const { handle } = JSON.parse(await person.rpc('get_state')) as { handle: string };
  const earlier = servers.liveApi.sessions.find(({ key }) => key === apiKey);
  if (!earlier) throw new Error('the earlier call had no session');
  return {
    earlier,
    put: (value) =>
      JSON.parse(
        JSON.stringify(value).replaceAll(HANDLE, handle).replaceAll(HANDLE_IN_WORDS, handle),
      ) as unknown,
  };
}

async function mint(url: string): Promise<string> {
  const response = await fetch(`${url}/v1alpha/auth_tokens?key=key`, { method: 'POST', body: '{"uses":1}' });
  const { name } = (await response.json()) as { name: string };
  return name;
}

const addNumbers = defineTool({
  name: 'add',
  description: 'Adds two numbers',
  parameters: z.object({ a: z.number(), b: z.number() }),
  run: ({ a, b }) => ({ sum: a + b }),
});

/** Answers with the arguments that it was called with. */
async function webhook(): Promise<Pick<Given, 'tools' | 'put' | typeof Symbol.asyncDispose>> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { data } = JSON.parse(body) as { data: { args: Json } };
      const signed = /^v1,/.test(String(request.headers['webhook-signature']));
      response.writeHead(signed ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ booked: data.args }));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    tools: { modules: new Map(), webhooks: { origins: [origin], secret: 'whsec_c2VjcmV0' } },
    put: (value) => JSON.parse(JSON.stringify(value).replaceAll(WEBHOOK, `${origin}/book-table`)) as unknown,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
