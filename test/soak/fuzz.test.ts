// A million inputs of every form from participants, dispatches and the service: none ends a call or the process.
// SOAK_INPUTS and SOAK_FIRST (0) run them in parts.
import { expect, test } from 'vitest';
import { fuzz } from '../support/fuzz.js';

const INPUTS = Number(process.env.SOAK_INPUTS ?? 1_000_000);
/** How many were run before. */
const FIRST = Number(process.env.SOAK_FIRST ?? 0);
/** A seed of its own each, so that a failure is found again without all that came before it. */
const A_ROUND = 20_000;

test(`${INPUTS} inputs`, async () => {
  const stray: unknown[] = [];
  process.on('unhandledRejection', (error) => stray.push(error));
  for (let done = 0; done < INPUTS; done += A_ROUND)
    await fuzz(Math.min(A_ROUND, INPUTS - done), FIRST + done + 1);
  expect(stray).toEqual([]);
});
