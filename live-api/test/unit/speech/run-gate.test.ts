import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { RunGate } from '../../../src/speech/run-gate.js';

describe('RunGate', () => {
  it('lets work through and gives its outcome', async () => {
    const gate = new RunGate();
    await expect(gate.pass(async () => 7)).resolves.toBe(7);
    await expect(gate.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    gate.close();
  });

  it('does no work once it is closed', async () => {
    const gate = new RunGate();
    gate.close();
    let worked = false;
    const passing = gate.pass(async () => {
      worked = true;
    });
    const first = await Promise.race([
      passing.then(() => 'passed'),
      new Promise((done) => setImmediate(done, 'open')),
    ]);
    expect(first).toBe('open');
    expect(worked).toBe(false);
  });

  it('blocks the thread that closes it until the other thread is out', async () => {
    const gate = new RunGate();
    // Holds the mark of a run for 80 ms, as a thread does that is inside a model.
    const worker = new Worker(
      `const { workerData, parentPort } = require('node:worker_threads');
       Atomics.store(workerData, 0, 1);
       parentPort.postMessage('inside');
       Atomics.wait(workerData, 0, 1, 80);
       Atomics.store(workerData, 0, 0);
       Atomics.notify(workerData, 0);`,
      { eval: true, workerData: gate.shared, execArgv: [] },
    );
    await once(worker, 'message');
    gate.close();
    expect(Atomics.load(gate.shared, 0)).toBe(0);
    await once(worker, 'exit');
  });
});
