// Texts of the service beyond what anybody reads: left out, counted, and reported once in ten seconds.
import { expect, test } from 'vitest';
import { TextLimits } from '../../../src/gemini/text-limits.js';
import type { ModelEvent } from '../../../src/session/port.js';
import { fakeClock } from '../../support/fake-clock.js';

const LONG = 'word '.repeat(3_000);

const FLOODS: readonly (readonly [ModelEvent, most: number])[] = [
  [{ type: 'output-transcript', text: LONG, finished: false }, 16],
  [{ type: 'input-transcript', text: LONG, finished: false, interim: false }, 16],
  [{ type: 'input-transcript', text: LONG, finished: false, interim: true }, 16],
  [{ type: 'text', text: LONG }, 64],
  [{ type: 'thought', text: LONG }, 64],
  [{ type: 'code', language: 'PYTHON', code: LONG }, 64],
  [{ type: 'code-result', outcome: 'OUTCOME_OK', output: LONG }, 64],
  [{ type: 'grounding', metadata: { searchEntryPoint: { renderedContent: LONG } } }, 256],
  [{ type: 'url-context', metadata: { urlMetadata: [{ retrievedUrl: LONG }] } }, 256],
];

const sizeOf = (events: readonly ModelEvent[]): number =>
  events.filter(({ type }) => type !== 'error').reduce((sum, event) => sum + JSON.stringify(event).length, 0);

test.each(FLOODS)('of a hundred of %j some kilobytes are kept', (event, mostKb) => {
  using _clock = fakeClock();
  const limits = new TextLimits();
  const kept = Array.from({ length: 100 }, () => limits.within([event])).flat();
  expect(sizeOf(kept)).toBeGreaterThan(0);
  expect(sizeOf(kept)).toBeLessThan((mostKb + 2) * 1_024);
  const errors = kept.filter(({ type }) => type === 'error');
  expect(errors).toEqual([
    { type: 'error', code: 'too_much_text', message: expect.stringMatching(/^\d+ char/), fatal: false },
  ]);
});

test('what is left out ends what it would have ended, and other texts go on', async () => {
  using clock = fakeClock();
  const limits = new TextLimits();
  const words: ModelEvent = { type: 'output-transcript', text: LONG, finished: true };
  limits.within([words]);
  expect(limits.within([words])[0]).toEqual({ type: 'output-transcript', text: '', finished: true });
  const heard: ModelEvent = { type: 'input-transcript', text: LONG, finished: true, interim: false };
  limits.within([heard]);
  expect(limits.within([heard])).toEqual([
    { type: 'input-transcript', text: '', finished: true, interim: false },
  ]);
  const short: ModelEvent = { type: 'output-transcript', text: 'Yes.', finished: false };
  expect(limits.within([short])).toEqual([short]);
  await clock.advance(10_000);
});

test('an hour of a fast talker is passed on whole', async () => {
  using clock = fakeClock();
  const limits = new TextLimits();
  const words: ModelEvent = { type: 'output-transcript', text: 'x'.repeat(40), finished: false };
  for (let second = 0; second < 3_600; second += 1) {
    expect(limits.within([words])).toEqual([words]);
    await clock.advance(1_000);
  }
});
