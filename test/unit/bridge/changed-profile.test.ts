// What configure may take from a deployment: the webhooks and modules that the call was dispatched with, and no others.
import { expect, test } from 'vitest';
import { changeProfile, readProfile } from '../../../src/bridge/checked-profile.js';
import { NO_TOOL_DEPLOYMENT } from '../../../src/tools/deployment.js';

const rules = {
  deployment: {
    ...NO_TOOL_DEPLOYMENT,
    webhooks: { origins: ['https://shop.example'], secret: 'a secret of at least 24 bytes' },
  },
  vertex: false,
};
const webhook = (path: string) => ({
  declaration: { name: 'pay' },
  run: { by: 'webhook', url: `https://shop.example/${path}` },
});

function dispatched() {
  const read = readProfile(JSON.stringify({ tools: [webhook('pay')] }), undefined, rules);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.profile;
}

test('another path of an allowed origin is refused by field', () => {
  const first = dispatched();
  const changed = changeProfile(
    first,
    { tools: [webhook('pay'), webhook('refund')].map(named) },
    rules,
    first,
  );
  expect(changed).toMatchObject({
    ok: false,
    problems: [{ path: 'tools[1].run.url', message: expect.stringContaining('dispatched profile') }],
  });
});

test('a dispatched webhook may be taken out and put back, and other fields may change', () => {
  const first = dispatched();
  const without = changeProfile(first, { tools: [], instructions: 'Be brief.' }, rules, first);
  if (!without.ok) throw new Error(JSON.stringify(without.problems));
  expect(changeProfile(without.profile, { tools: [webhook('pay')] }, rules, first).ok).toBe(true);
});

function named(tool: ReturnType<typeof webhook>, index: number) {
  return { ...tool, declaration: { name: `pay_${index}` } };
}
