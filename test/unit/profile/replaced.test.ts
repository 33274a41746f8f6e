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

test('what is no profile replaces nothing', () => {
  for (const metadata of ['', '{', '[]', 'null', '7']) expect(replacedFields(base, metadata)).toEqual([]);
  expect(replacedFields(undefined, '{"control":"anyone"}')).toEqual([]);
});
