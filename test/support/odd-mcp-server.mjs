// An MCP server that behaves badly on purpose, over stdio, or with `--http PORT` over Streamable HTTP with OAuth.
// `many`: 600 more tools. `crooked`: tools that are none. `slow-list`: its tools are listed after 3 s. `oauth`: only with a token for id and secret.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

const MEGABYTE = 1024 * 1024;
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const schema = { type: 'object', properties: { n: { type: 'number' } } };
const has = (/** @type {string} */ flag) => process.argv.includes(flag);

/** @typedef {(message: object) => void} Send */
/** @type {string[]} */
const added = [];
/** @type {unknown[]} */
const cancelled = [];
/** What this server has asked the client, by id. @type {Map<string, (reply: object) => void>} */
const asked = new Map();
/** Messages that answer no request. @type {Set<Send>} */
const listeners = new Set();

const NAMES = [
  'huge',
  'never',
  'slow',
  'dies',
  'hangs',
  'context',
  'grow',
  'asks',
  'cancelled',
  'media',
  'odd',
];

function toolsOf() {
  const tools = [
    ...[...NAMES, ...added].map((name) => ({ name, inputSchema: schema })),
    ...['bad name!', 'bad_name?', '', 'x'.repeat(300), '__proto__', '../../etc'].map((name) => ({
      name,
      description: `${name} with an odd schema`,
      inputSchema: { type: 'object', properties: { a: { type: 'array' }, b: { not: {} }, c: { $ref: '#' } } },
    })),
  ];
  if (has('crooked')) {
    const crooked = [{ name: 'no_schema' }, { name: 7 }, { name: 'text_schema', inputSchema: 'x' }, null];
    // @ts-expect-error none of them is a tool of the protocol
    tools.push(...crooked, { name: 'odd_type', inputSchema: { type: 'string' } });
  }
  if (has('many')) for (let n = 0; n < 600; n++) tools.push({ name: `tool_${n}`, inputSchema: schema });
  return tools;
}

/** @param {any} message @param {Send} send @param {() => void} [done] */
function take({ id, method, params, result, error }, send, done = () => {}) {
  /** @param {object} value */
  const answer = (value) => {
    send({ jsonrpc: '2.0', id, ...value });
    done();
  };
  if (method === undefined) {
    asked.get(id)?.({ ...(result === undefined ? { error } : { result }) });
  } else if (method === 'initialize') {
    const { protocolVersion } = params;
    const serverInfo = { name: 'odd', version: '1' };
    answer({ result: { protocolVersion, capabilities: { tools: { listChanged: true } }, serverInfo } });
  } else if (method === 'tools/list') {
    // Longer than a call waits for the tools of a server before it begins.
    void setTimeout(has('slow-list') ? 3_000 : 0).then(() => answer({ result: { tools: toolsOf() } }));
  } else if (method === 'tools/call') {
    void call(params, send).then((value) => value && answer({ result: value }));
  } else if (method === 'ping') answer({ result: {} });
  else if (method === 'notifications/cancelled') cancelled.push(params.reason);
  else if (id !== undefined) answer({ error: { code: -32601, message: 'not found' } });
}

/** @param {string} words */
const text = (words) => ({ content: [{ type: 'text', text: words }] });

/** @param {any} params @param {Send} send @returns {Promise<object | undefined>} undefined: no answer */
async function call({ name, _meta }, send) {
  switch (name) {
    case 'huge':
      return text('x'.repeat(10 * MEGABYTE));
    case 'slow':
      await setTimeout(2_500);
      return text('late');
    case 'dies':
      return process.exit(1);
    case 'hangs':
      // The whole process, without using the processor.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      return undefined;
    case 'never':
      return undefined;
    case 'context':
      return text(JSON.stringify(_meta));
    case 'grow':
      added.push(`grown_${added.length}`);
      for (const listener of listeners)
        listener({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
      return text('grown');
    case 'asks': {
      const replies = ['elicitation/create', 'sampling/createMessage', 'roots/list'].map(
        (method) =>
          new Promise((resolve) => {
            asked.set(method, resolve);
            send({ jsonrpc: '2.0', id: method, method, params: { message: 'Your password?', messages: [] } });
          }),
      );
      return text(JSON.stringify(await Promise.all(replies)));
    }
    case 'cancelled':
      return text(JSON.stringify(cancelled));
    case 'media':
      return {
        content: [
          { type: 'text', text: 'Here it is.' },
          { type: 'image', mimeType: 'image/png', data: PIXEL },
          { type: 'image', mimeType: 'image/svg+xml', data: PIXEL },
          { type: 'image', mimeType: 'image/png', data: 'A'.repeat(MEGABYTE) },
          { type: 'audio', mimeType: 'audio/wav', data: PIXEL },
          { type: 'resource', resource: { uri: 'file:///a.txt', text: 'embedded words' } },
          { type: 'resource', resource: { uri: 'file:///a.bin', blob: PIXEL } },
          { type: 'resource_link', uri: 'file:///b.txt', name: 'b', description: 'more' },
        ],
      };
    case 'odd':
      return { content: 'no list' };
    default:
      return text(`ran ${name}`);
  }
}

const TOKEN = 'token-of-the-agent';

/** @param {number} port */
function listen(port) {
  const origin = `http://127.0.0.1:${port}`;
  createServer(async (request, response) => {
    /** @param {object} value @param {number} [status] */
    const json = (value, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const path = request.url ?? '';
    if (has('oauth')) {
      if (path.startsWith('/.well-known/oauth-protected-resource'))
        return json({ resource: `${origin}/mcp`, authorization_servers: [origin] });
      if (path.startsWith('/.well-known/oauth-authorization-server'))
        return json({
          issuer: origin,
          authorization_endpoint: `${origin}/authorize`,
          token_endpoint: `${origin}/token`,
          response_types_supported: ['code'],
          grant_types_supported: ['client_credentials'],
          token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        });
      if (path === '/token') {
        const body = new URLSearchParams(await bodyOf(request));
        const basic = `Basic ${Buffer.from('agent:s3cret').toString('base64')}`;
        const known =
          request.headers.authorization === basic ||
          (body.get('client_id') === 'agent' && body.get('client_secret') === 's3cret');
        if (!known || body.get('grant_type') !== 'client_credentials')
          return json({ error: 'invalid_client' }, 401);
        return json({ access_token: TOKEN, token_type: 'Bearer', expires_in: 3600 });
      }
      if (request.headers.authorization !== `Bearer ${TOKEN}`) {
        response.writeHead(401, {
          'www-authenticate': `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`,
        });
        return response.end();
      }
    }
    if (!path.startsWith('/mcp')) return json({}, 404);
    if (request.method !== 'GET' && request.method !== 'POST') return json({}, 405);
    /** @type {Send} */
    const send = (message) => response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      listeners.add(send);
      request.on('close', () => listeners.delete(send));
      return;
    }
    const message = JSON.parse(await bodyOf(request));
    if (message.id === undefined || message.method === undefined) {
      take(message, send);
      response.writeHead(202).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    take(message, send, () => response.end());
  }).listen(port, '127.0.0.1');
}

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

const at = process.argv.indexOf('--http');
if (at > 0) listen(Number(process.argv[at + 1]));
else {
  /** @type {Send} */
  const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  listeners.add(send);
  createInterface({ input: process.stdin }).on('line', (line) => take(JSON.parse(line), send));
}
