// An MCP server of the official SDK over stdio: its only tool answers with the `_meta` of the call.
import { createRequire } from 'node:module';

const everything = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/package.json',
);
const require = createRequire(everything);
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');

const server = new McpServer({ name: 'meta', version: '1.0.0' });
server.registerTool(
  'context',
  { description: 'Answers with what comes with the call.' },
  (/** @type {{ _meta?: object }} */ { _meta }) => ({
    content: [{ type: 'text', text: JSON.stringify(_meta ?? {}) }],
  }),
);
await server.connect(new StdioServerTransport());
