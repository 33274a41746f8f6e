// What configure may take from a deployment: the tools that the call was dispatched with or AGENT_PROFILE has, no others.
import { describe, expect, test } from 'vitest';
import { changeProfile, knownTools, readProfile } from '../../../src/bridge/checked-profile.js';
import { NO_TOOL_DEPLOYMENT } from '../../../src/tools/deployment.js';

const rules = {
  deployment: {
    ...NO_TOOL_DEPLOYMENT,
    webhooks: { origins: ['https://shop.example'], secret: 'a secret of at least 24 bytes' },
  },
  vertex: false,
};
const pay = {
  declaration: { name: 'pay' },
  run: { by: 'webhook', url: 'https://shop.example/pay' },
  approve: ['ana'],
};
const door = { declaration: { name: 'door' } };
const refund = {
  declaration: { name: 'refund' },
  run: { by: 'webhook', url: 'https://shop.example/refund' },
};
const file = JSON.stringify({ tools: [refund, { ...pay, approve: undefined }] });

function dispatched() {
  const read = readProfile(JSON.stringify({ tools: [pay, door] }), file, rules);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.profile;
}

function change(tools: readonly object[]) {
  const first = dispatched();
  return changeProfile(first, { tools }, rules, knownTools(first, file));
}

describe('refused by field', () => {
  test.each([
    [
      'another path of an allowed origin',
      { ...pay, run: { ...pay.run, url: `${pay.run.url}/all` } },
      'run.url',
    ],
    ['a webhook of another tool', { ...pay, run: refund.run }, 'run.url'],
    ['a tool that becomes a webhook', { ...door, run: pay.run }, 'run.url'],
    ['a webhook that becomes a participant', { ...pay, run: { by: 'participant' } }, 'run.by'],
    [
      'a dispatched webhook under a new name',
      { ...pay, declaration: { name: 'pay_all' } },
      'declaration.name',
    ],
    ['a function of a participant under a new name', { declaration: { name: 'window' } }, 'declaration.name'],
    ['an approval that is left out', { ...pay, approve: undefined }, 'approve'],
    ['an approval by others', { ...pay, approve: ['mallory'] }, 'approve'],
  ])('%s', (_what, tool, field) => {
    expect(
      change([door, tool].filter((one) => one !== door || tool.declaration.name !== 'door')),
    ).toMatchObject({
      ok: false,
      problems: [{ path: expect.stringMatching(new RegExp(`^tools\\[[01]\\]\\.${field}$`)) }],
    });
  });
});

test('what was dispatched may be taken out and put back, and described anew', () => {
  const first = dispatched();
  const known = knownTools(first, file);
  const without = changeProfile(first, { tools: [], instructions: 'Be brief.' }, rules, known);
  if (!without.ok) throw new Error(JSON.stringify(without.problems));
  const described = { ...pay, declaration: { name: 'pay', description: 'Pays.' }, timeoutMs: 5_000 };
  expect(changeProfile(without.profile, { tools: [described, door] }, rules, known).ok).toBe(true);
});

test('a tool of AGENT_PROFILE that the dispatch has replaced may come back', () => {
  expect(change([refund, pay]).ok).toBe(true);
});
