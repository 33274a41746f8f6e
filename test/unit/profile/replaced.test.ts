// Which fields of AGENT_PROFILE a dispatch's metadata replaces, for the warning in the log.
import { expect, test } from 'vitest';
import { replacedFields } from '../../../src/profile/replaced.js';

const base = { control: ['backend'], tools: [{ declaration: { name: 'pay' } }], voice: 'Puck' };

test.each([
  ['another control', { control: 'anyone', voice: 'Kore' }, ['control']],
  ['other tools', { tools: [], chat: 'anyone' }, ['tools']],
  ['a control that is removed', { control: null }, ['control']],
  ['the same once more', { control: ['backend'] }, []],
  ['other fields', { voice: 'Kore', instructions: 'x', greeting: 'y' }, []],
] as const)('%s', (_what, metadata, fields) => {
  expect(replacedFields(JSON.stringify(base), JSON.stringify(metadata))).toEqual(fields);
  expect(replacedFields(base, JSON.stringify(metadata))).toEqual(fields);
});

test('fields of the named profile that the metadata chooses count as well', () => {
  const named = new Map<string, unknown>([
    ['desk', JSON.stringify({ control: ['desk'], chat: 'control' })],
    ['broken', '{'],
  ]);
  const of = (metadata: object): string[] => replacedFields(base, JSON.stringify(metadata), named);
  expect(of({ profile: 'desk', control: 'anyone', chat: 'anyone' })).toEqual(['control', 'chat']);
  expect(of({ profile: 'desk', control: ['desk'] })).toEqual([]);
  expect(of({ profile: 'broken', control: 'anyone' })).toEqual(['control']);
  expect(of({ profile: '__proto__', chat: 'anyone' })).toEqual([]);
});

test('what is no profile replaces nothing', () => {
  for (const metadata of ['', '{', '[]', 'null', '7']) expect(replacedFields(base, metadata)).toEqual([]);
  expect(replacedFields(undefined, '{"control":"anyone"}')).toEqual([]);
});
