// What a profile says of the tools of an MCP server: which, with which fixed arguments, and how they run.
import { expect, test } from 'vitest';
import { parseProfile } from '../../../src/profile/profile.js';
import { foundTools } from '../../../src/tools/mcp/found-tools.js';
import type { McpServers } from '../../../src/tools/mcp/servers.js';

const inputSchema = {
  type: 'object',
  properties: { tenant: { type: 'string' }, order: { type: 'string' } },
  required: ['tenant', 'order'],
};

function found(mcp: object) {
  const parsed = parseProfile({ metadata: { mcp: { orders: mcp } } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const known = {
    tools: [
      { name: 'find', inputSchema },
      { name: 'cancel', inputSchema },
    ],
  };
  const servers = { names: ['orders'], get: () => ({ known }) } as unknown as McpServers;
  return foundTools(parsed.profile, servers).tools;
}

test('mcp tools: only those that the profile names', () => {
  expect(found({}).map(({ declaration }) => declaration.name)).toEqual(['orders__find', 'orders__cancel']);
  expect(found({ tools: ['cancel'] }).map(({ declaration }) => declaration.name)).toEqual(['orders__cancel']);
});

test('mcp arguments: what is fixed is not declared to the model', () => {
  const [find, cancel] = found({ arguments: { find: { tenant: 'acme' } } });
  expect(JSON.stringify(find?.declaration)).not.toContain('tenant');
  expect(JSON.stringify(cancel?.declaration)).toContain('tenant');
});

test('mcp behavior, scheduling, timeoutMs and approve: of all its tools, or of those that are named', () => {
  const how = { behavior: 'NON_BLOCKING', scheduling: 'SILENT', timeoutMs: 700 };
  const [find, cancel] = found({ ...how, approve: ['cancel'] });
  for (const tool of [find, cancel]) {
    expect(tool?.declaration.behavior).toBe('NON_BLOCKING');
    expect(tool).toMatchObject({ scheduling: 'SILENT', timeoutMs: 700 });
  }
  expect([find?.approve, cancel?.approve]).toEqual([undefined, true]);
  expect(found({ approve: true }).map(({ approve }) => approve)).toEqual([true, true]);
});
