// An MCP server over stdio that behaves badly on purpose: very many tools, hostile names, huge, late and no answers.
import { createInterface } from 'node:readline';

const MEGABYTE = 1024 * 1024;
const schema = { type: 'object', properties: { n: { type: 'number' } } };

function toolsOf() {
  const tools = [
    ...['huge', 'never', 'slow', 'dies', 'context'].map((name) => ({ name, inputSchema: schema })),
    ...['bad name!', 'bad_name?', '', 'x'.repeat(300), '__proto__', '../../etc'].map((name) => ({
      name,
      description: `${name} with an odd schema`,
      inputSchema: { type: 'object', properties: { a: { type: 'array' }, b: { not: {} }, c: { $ref: '#' } } },
    })),
  ];
  if (process.argv.includes('many'))
    for (let n = 0; n < 600; n++) tools.push({ name: `tool_${n}`, inputSchema: schema });
  return tools;
}

/** @param {object} message */
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') {
    const { protocolVersion } = params;
    const serverInfo = { name: 'odd', version: '1' };
    send({ id, result: { protocolVersion, capabilities: { tools: { listChanged: true } }, serverInfo } });
  } else if (method === 'tools/list') send({ id, result: { tools: toolsOf() } });
  else if (method === 'tools/call') call(id, params);
  else if (method === 'notifications/cancelled') process.stderr.write(`cancelled ${params.requestId}\n`);
  else if (id !== undefined) send({ id, error: { code: -32601, message: 'not found' } });
});

/** @param {number} id @param {{ name: string, _meta: object }} params */
function call(id, { name, _meta }) {
  const text = (/** @type {string} */ words) => ({ content: [{ type: 'text', text: words }] });
  if (name === 'huge') send({ id, result: text('x'.repeat(10 * MEGABYTE)) });
  else if (name === 'slow') setTimeout(() => send({ id, result: text('late') }), 3_000);
  else if (name === 'dies') process.exit(1);
  else if (name === 'context') send({ id, result: text(JSON.stringify(_meta)) });
  else if (name !== 'never') send({ id, result: text(`ran ${name}`) });
}
