// A million inputs of every form from participants, dispatches and the service (SOAK_INPUTS): none ends a call or the process.
import { expect, test } from 'vitest';
import { fuzz } from '../support/fuzz.js';

const INPUTS = Number(process.env.SOAK_INPUTS ?? 1_000_000);
/** A seed of its own each, so that a failure is found again without all that came before it. */
const A_ROUND = 20_000;

test(`${INPUTS} inputs`, async () => {
  const stray: unknown[] = [];
  process.on('unhandledRejection', (error) => stray.push(error));
  for (let done = 0; done < INPUTS; done += A_ROUND) await fuzz(Math.min(A_ROUND, INPUTS - done), done + 1);
  expect(stray).toEqual([]);
});
