// Runs a service in its own process group, so that a Ctrl-C in the terminal reaches only `npm start`.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** How long the last lines of a process that has ended may take to arrive. */
const FLUSH_MS = 500;
/** A worker without calls has ended by then. */
const SECOND_SIGNAL_MS = 1_000;

/**
 * @typedef {object} Child
 * @property {string} name
 * @property {number | undefined} group
 * @property {Promise<string>} ended how it ended, in words; never rejects
 * @property {(withinMs: number, twice?: boolean) => Promise<void>} stop asks it to end, then makes it
 * @property {() => void} retire asks it to end when it has done its work
 * @property {() => void} kill
 */

/**
 * @param {Pick<import('./plan.mjs').Service, 'name' | 'command' | 'args' | 'env'>} service
 * @param {(line: string) => void} write takes its log, line by line
 * @returns {Child}
 */
export function startChild({ name, command, args, env }, write) {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', write);
  const closed = new Promise((resolve) => child.once('close', resolve));
  /** @type {Promise<string>} */
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not start: ${error.message}`));
    child.once('exit', (code, signal) =>
      resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`),
    );
  });
  const kill = () => signalGroup(child.pid, 'SIGKILL');
  const ended = exited.then(async (how) => {
    // Ends the processes that it has started as well.
    kill();
    await within(closed, FLUSH_MS);
    return how;
  });
  return {
    name,
    group: child.pid,
    ended,
    kill,
    retire: () => {
      child.kill('SIGTERM');
    },
    stop: async (withinMs, twice = false) => {
      child.kill('SIGTERM');
      if (twice && !(await within(ended, SECOND_SIGNAL_MS))) child.kill('SIGTERM');
      if (!(await within(ended, withinMs))) kill();
      await ended;
    },
  };
}

/** @param {number | undefined} group @param {NodeJS.Signals} signal */
function signalGroup(group, signal) {
  if (group === undefined) return;
  try {
    process.kill(-group, signal);
  } catch {
    // The group has no process any more.
  }
}

/** Whether the promise settles in time. @param {Promise<unknown>} promise @param {number} timeMs */
async function within(promise, timeMs) {
  const timer = new AbortController();
  const late = delay(timeMs, false, { signal: timer.signal }).catch(() => false);
  const inTime = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return inTime;
}
