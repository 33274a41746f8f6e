// What each model is sent: every row of the capability table and every kind of input, at each stage of a session.
import { describe, expect, test } from 'vitest';
import { CAPABILITY_TABLE } from '../../../src/capabilities/table.js';
import { capabilitiesOf } from '../../../src/profile/model-capabilities.js';
import { admit } from '../../../src/session/admission.js';
import type { Input } from '../../../src/session/wire.js';
import { frame, profileOf } from '../../support/supervised.js';

const turns = [{ role: 'user', parts: [{ text: 'I am Ana.' }] }] as const;
const change = {
  profile: profileOf({}),
  instructions: true,
  tools: false,
  setup: false,
  onRefused: () => {},
};
const INPUTS: readonly Input[] = [
  { type: 'audio', chunk: frame(1), voiced: true },
  { type: 'stream-end' },
  { type: 'activity-start' },
  { type: 'activity-end' },
  { type: 'image', image: { bytes: new Uint8Array(3) } },
  { type: 'text', text: 'Hello.' },
  { type: 'context', turns, turnComplete: true },
  { type: 'context', turns, turnComplete: false },
  { type: 'tool-results', results: [{ id: 'a', name: 'f', response: {}, scheduling: 'SILENT' }] },
  { type: 'reconfigure', change },
];

describe.each([...CAPABILITY_TABLE.keys()])('%s', (model) => {
  const rules = capabilitiesOf(model);
  const each = INPUTS.flatMap((input) =>
    [true, false].flatMap((seeding) => [true, false].map((manual) => ({ input, seeding, manual }))),
  );

  test.each(each)(
    'takes what it is sent: $input.type (seeding: $seeding, manual: $manual)',
    ({ input, ...stage }) => {
      const { input: sent } = admit(input, rules, stage);
      if (!sent) return;
      // What was admitted once is admitted again as it is.
      expect(admit(sent, rules, stage)).toEqual({ input: sent });
      if (sent.type === 'text') expect(rules.textInput).not.toBe('none');
      if (sent.type === 'image') expect(rules.video).toBe(true);
      if (sent.type === 'stream-end') expect([rules.audioStreamEnd, stage.manual]).toEqual([true, false]);
      if (sent.type === 'activity-start' || sent.type === 'activity-end') expect(stage.manual).toBe(true);
      if (sent.type === 'reconfigure') expect(rules.contextUpdate).toBe(true);
      if (sent.type === 'context')
        expect(stage.seeding ? rules.initialHistory !== 'none' : rules.clientContent === 'any').toBe(true);
      if (sent.type === 'tool-results') {
        expect(rules.tools.functions).toBe(true);
        if (rules.tools.scheduling === 'none') expect(sent.results[0]).not.toHaveProperty('scheduling');
      }
    },
  );

  test('speech always', () => {
    expect(admit(INPUTS[0] as Input, rules, { seeding: false, manual: false }).input).toBe(INPUTS[0]);
  });
});

test('a person whose words are not taken sees why', () => {
  const rules = capabilitiesOf('gemini-3.5-live-translate-preview');
  const stage = { seeding: false, manual: false };
  expect(admit({ type: 'text', text: 'Hello.' }, rules, stage).refusal).toContain('takes no text');
  expect(admit({ type: 'context', turns, turnComplete: true }, rules, stage).refusal).toContain('no context');
});

test('a complete context in mid-session is a text where only that is taken', () => {
  const rules = capabilitiesOf('gemini-3.1-flash-live-preview');
  const stage = { seeding: false, manual: false };
  expect(admit({ type: 'context', turns, turnComplete: true }, rules, stage)).toEqual({
    input: { type: 'text', text: 'I am Ana.' },
  });
});
