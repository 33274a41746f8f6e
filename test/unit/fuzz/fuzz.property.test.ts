// Some thousands of inputs of every form: none ends a call, and none is answered with a failure of the agent's own.
import { expect, test } from 'vitest';
import { fuzz } from '../../support/fuzz.js';

test('nothing that participants, dispatches or the service send ends a call', async () => {
  const stray: unknown[] = [];
  const onStray = (error: unknown): void => void stray.push(error);
  process.on('unhandledRejection', onStray);
  try {
    await fuzz(4_000);
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('unhandledRejection', onStray);
  }
  expect(stray).toEqual([]);
}, 60_000);
