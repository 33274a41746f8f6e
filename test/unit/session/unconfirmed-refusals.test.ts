// Closes of working sessions with a code of refusal: which of them ends a call, and which is forgotten.
import { expect, test } from 'vitest';
import { UnconfirmedRefusals } from '../../../src/session/unconfirmed-refusals.js';
import type { Input } from '../../../src/session/wire.js';
import { fakeClock } from '../../support/fake-clock.js';

const INVALID = { code: 1007, reason: 'Request contains an invalid argument.', expected: false };
const text: Input = { type: 'text', text: 'Hello.' };
const picture = (): Input => ({ type: 'image', image: { bytes: new Uint8Array(3) } });

test('a call with a camera, where a picture stands before each close, is not ended by a second one later', async () => {
  using clock = fakeClock();
  const refusals = new UnconfirmedRefusals();
  const closed = () => refusals.judge(INVALID, { resuming: false, established: true, suspect: picture() });
  expect(closed()).toBe('unconfirmed');
  refusals.answered();
  await clock.advance(20_000);
  expect(closed()).toBe('unconfirmed');
  await clock.advance(31_000);
  expect(closed()).toBe('unconfirmed');
  await clock.advance(1_000);
  // Again at once, and the model has not answered meanwhile.
  expect(closed()).toBe('refusal');
});

test('the same text is refused the second time, and forgotten after minutes', async () => {
  using clock = fakeClock();
  const refusals = new UnconfirmedRefusals();
  const closed = () => refusals.judge(INVALID, { resuming: false, established: true, suspect: text });
  expect(closed()).toBe('unconfirmed');
  refusals.answered();
  await clock.advance(6 * 60_000);
  expect(closed()).toBe('unconfirmed');
  refusals.answered();
  await clock.advance(60_000);
  expect(closed()).toBe('refusal');
});
