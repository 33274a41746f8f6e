// An MCP server of the official SDK, over stdio or HTTP (--http PORT): its only tool answers with the `_meta` of the call.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const everything = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/package.json',
);
const require = createRequire(everything);
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');

const { StreamableHTTPServerTransport } = require('@modelcontextprotocol/sdk/server/streamableHttp.js');

function metaServer() {
  const server = new McpServer({ name: 'meta', version: '1.0.0' });
  server.registerTool(
    'context',
    { description: 'Answers with what comes with the call.' },
    (/** @type {{ _meta?: object }} */ { _meta }) => ({
      content: [{ type: 'text', text: JSON.stringify(_meta ?? {}) }],
    }),
  );
  return server;
}

const [flag, port] = process.argv.slice(2);
if (flag === '--http') {
  // Without sessions each request has a server of its own.
  createServer(async (request, response) => {
    const transport = new StreamableHTTPServerTransport({});
    const server = metaServer();
    response.on('close', () => void server.close());
    await server.connect(transport);
    await transport.handleRequest(request, response);
  }).listen(Number(port), '127.0.0.1');
} else {
  await metaServer().connect(new StdioServerTransport());
}
