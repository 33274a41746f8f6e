// AGENT_MCP's file: the form that editors know, secrets by reference, and every mistake named without a value.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readMcpServers } from '../../../src/config/mcp-servers.js';

const folder = mkdtempSync(join(tmpdir(), 'mcp-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const variables: Record<string, string> = { TOKEN: 'Bearer secret-value' };
function read(content: unknown) {
  const path = join(folder, 'mcp.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readMcpServers(path, (name) => variables[name]);
}

test('servers of each kind', () => {
  const servers = read({
    mcpServers: {
      orders: { url: 'https://mcp.example.com/mcp', headers: { authorization: 'env:TOKEN' } },
      old: { type: 'sse', url: 'http://127.0.0.1:9/sse', disabled: false },
      files: { command: 'npx', args: ['-y', 'files'], env: { KEY: 'env:TOKEN' }, autoApprove: [] },
      off: { url: 'https://off.example.com', disabled: true },
      grants: {
        url: 'https://a.example.com',
        oauth: { clientId: 'me', clientSecret: 'env:TOKEN', scope: 'read' },
      },
    },
  });
  expect(Object.fromEntries(servers)).toEqual({
    orders: {
      kind: 'http',
      url: 'https://mcp.example.com/mcp',
      headers: { authorization: 'Bearer secret-value' },
    },
    old: { kind: 'sse', url: 'http://127.0.0.1:9/sse', headers: {} },
    files: { kind: 'stdio', command: 'npx', args: ['-y', 'files'], env: { KEY: 'Bearer secret-value' } },
    grants: {
      kind: 'http',
      url: 'https://a.example.com',
      headers: {},
      oauth: { clientId: 'me', clientSecret: 'Bearer secret-value', scope: 'read' },
    },
  });
  expect(readMcpServers(undefined).size).toBe(0);
});

test.each([
  ['{', /not JSON/],
  ['[]', /without/],
  ['null', /without/],
  [{ mcpServers: { 'a b': { url: 'https://a.example.com' } } }, /mcpServers\.a b must be named/],
  [{ mcpServers: { a: { url: 'ftp://a' } } }, /mcpServers\.a\.url: must be an http/],
  [{ mcpServers: { a: { command: 'x', headers: {} } } }, /mcpServers\.a/],
  [
    { mcpServers: { a: { url: 'http://mcp.example.com', headers: { authorization: 'env:TOKEN' } } } },
    /mcpServers\.a\.url must be an https/,
  ],
  [{ mcpServers: { a: { url: 'https://a.example.com', header: {} } } }, /mcpServers\.a.*header/],
  [
    { mcpServers: { a: { url: 'https://a.example.com', headers: { x: 'env:NONE' } } } },
    /mcpServers\.a\.headers\.x names the variable NONE, which is not set/,
  ],
])('%j is refused', (content, words) => {
  expect(() => read(content)).toThrow(words);
});

test('a file that is not there is named by its variable', () => {
  expect(() => readMcpServers(join(folder, 'none.json'))).toThrow(
    'AGENT_MCP names a file that cannot be read (ENOENT)',
  );
});
