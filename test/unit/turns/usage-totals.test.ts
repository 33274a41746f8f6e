// Tokens of each message and of the call so far.
import { expect, test } from 'vitest';
import type { Usage } from '../../../src/session/port.js';
import { UsageTotals } from '../../../src/turns/usage-totals.js';

function usage(numbers: Partial<Usage>): Usage {
  return {
    prompt: 0,
    response: 0,
    thoughts: 0,
    toolPrompt: 0,
    cached: 0,
    total: 0,
    promptByModality: {},
    responseByModality: {},
    ...numbers,
  };
}

const first = usage({
  prompt: 100,
  response: 40,
  thoughts: 10,
  total: 150,
  promptByModality: { TEXT: 20, AUDIO: 80 },
  responseByModality: { AUDIO: 40 },
});
const second = usage({
  prompt: 200,
  response: 7,
  total: 207,
  promptByModality: { AUDIO: 150, IMAGE: 50 },
  responseByModality: { TEXT: 7 },
});

test('a message is reported by its own numbers, with the sum of the call', () => {
  const totals = new UsageTotals();
  const own = {
    prompt: 100,
    response: 40,
    thoughts: 10,
    total: 150,
    byModality: { prompt: { TEXT: 20, AUDIO: 80 }, response: { AUDIO: 40 } },
  };
  expect(totals.add(first, 3)).toEqual({ turn: 3, ...own, session: own });
});

test('sums grow by modality', () => {
  const totals = new UsageTotals();
  totals.add(first, 1);
  const report = totals.add(second, 2);
  expect(report).toMatchObject({ turn: 2, prompt: 200, response: 7, thoughts: 0, total: 207 });
  expect(report.byModality).toEqual({ prompt: { AUDIO: 150, IMAGE: 50 }, response: { TEXT: 7 } });
  expect(report.session).toEqual({
    prompt: 300,
    response: 47,
    thoughts: 10,
    total: 357,
    byModality: { prompt: { TEXT: 20, AUDIO: 230, IMAGE: 50 }, response: { AUDIO: 40, TEXT: 7 } },
  });
});

test('an earlier report does not change with later messages', () => {
  const totals = new UsageTotals();
  const report = totals.add(first, 1);
  const before = structuredClone(report);
  totals.add(second, 2);
  expect(report).toEqual(before);
});

test('calls do not share their sums', () => {
  new UsageTotals().add(first, 1);
  expect(new UsageTotals().add(second, 1).session.total).toBe(207);
});
