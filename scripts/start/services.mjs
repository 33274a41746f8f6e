// All services together: started in stages, watched, and ended in the opposite order.
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lineOf, SetupError } from '../setup/setup-error.mjs';
import { startChild } from './child.mjs';

const POLL_EVERY_MS = 100;
const PROBE_MS = 2_000;

/**
 * @typedef {object} Member
 * @property {import('./child.mjs').Child} child
 * @property {import('./plan.mjs').Service} service
 * @property {boolean} mayEnd its end is no failure of the others: it is being tried, or has a successor
 */

export class Services {
  /** @type {Member[]} */
  #members = [];
  #stopping = new AbortController();
  /** @type {(error: SetupError) => void} */
  #fail = () => {};
  /** @type {Promise<void> | undefined} */
  #stopped;
  #write;
  #guard;

  /** Rejects when a service ends that was not asked to; never resolves. @type {Promise<never>} */
  failed;

  /** @param {(name: string, line: string) => void} write */
  constructor(write) {
    this.#write = write;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // The caller that awaits it handles it; without this, a failure before that is an unhandled rejection.
    this.failed.catch(() => {});
    this.#guard = startGuard();
  }

  /**
   * Starts each stage once the one before is ready.
   * @param {readonly (readonly import('./plan.mjs').Service[])[]} stages
   * @returns {Promise<boolean>} whether all is ready; false when it was stopped meanwhile
   */
  async start(stages) {
    for (const stage of stages) {
      for (const service of stage) this.#launch(service);
      await Promise.race([Promise.all(stage.map((service) => this.#ready(service))), this.failed]);
      if (this.#stopping.signal.aborted) return false;
    }
    return true;
  }

  /** Ends all, last started first; the same promise however often it is called. */
  stop() {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  /** Ends all at once, without asking. */
  kill() {
    this.#stopping.abort();
    for (const { child } of this.#members) child.kill();
  }

  async #stopAll() {
    this.#stopping.abort();
    for (const { child, service } of [...this.#members].reverse())
      await child.stop(service.stopWithinMs, service.stopsAtSecondSignal);
    await this.#guard.dismiss();
  }

  /**
   * Starts a service that takes the place of the one of the same name, which is asked to end once the new one is ready
   * and goes on with its calls. One that does not become ready is ended, and the old one stays.
   * @param {import('./plan.mjs').Service} service
   * @returns {Promise<string | undefined>} what went wrong
   */
  async replace(service) {
    const old = this.#members.filter(({ service: { name }, mayEnd }) => name === service.name && !mayEnd);
    const next = this.#launch(service, true);
    const ready = this.#ready(service).then(() => undefined, lineOf);
    const wrong = await Promise.race([ready, next.child.ended]);
    if (this.#stopping.signal.aborted) return undefined;
    if (wrong !== undefined) {
      await next.child.stop(0);
      return wrong;
    }
    next.mayEnd = false;
    for (const member of old) {
      member.mayEnd = true;
      member.child.retire();
    }
    return undefined;
  }

  /** @param {import('./plan.mjs').Service} service */
  #launch(service, mayEnd = false) {
    const child = startChild(service, (line) => this.#write(service.name, line));
    /** @type {Member} */
    const member = { child, service, mayEnd };
    this.#members.push(member);
    if (child.group !== undefined) this.#guard.tell(`+${child.group}`);
    void child.ended.then((how) => {
      if (child.group !== undefined) this.#guard.tell(`-${child.group}`);
      this.#members = this.#members.filter((other) => other !== member);
      if (this.#stopping.signal.aborted || member.mayEnd) return;
      this.#fail(new SetupError(`${service.name} ${how}`, 'see its last lines above'));
    });
    return member;
  }

  /** @param {import('./plan.mjs').Service} service */
  async #ready({ name, readyUrl, readyWithinMs }) {
    const deadline = performance.now() + readyWithinMs;
    while (!(await answers(readyUrl, this.#stopping.signal))) {
      if (this.#stopping.signal.aborted) return;
      if (performance.now() > deadline) {
        throw new SetupError(
          `${name} is not ready after ${readyWithinMs / 1_000} s`,
          'see its last lines above',
        );
      }
      await delay(POLL_EVERY_MS);
    }
  }
}

/** Whether an address answers with success. @param {string} url @param {AbortSignal} signal */
async function answers(url, signal) {
  // Node 20 may collect a timeout inside AbortSignal.any() as garbage: https://github.com/nodejs/node/issues/57736
  const stop = new AbortController();
  const onAbort = () => stop.abort();
  const timer = setTimeout(onAbort, PROBE_MS);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const response = await fetch(url, { signal: stop.signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Ends the services even where this process is killed: see guard.mjs. */
function startGuard() {
  const guard = spawn(process.execPath, [fileURLToPath(new URL('guard.mjs', import.meta.url))], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = new Promise((resolve) => guard.once('exit', resolve).once('error', resolve));
  // A guard that died takes nothing with it: the services are still ended from here.
  guard.stdin.on('error', () => {});
  return {
    /** @param {string} line */
    tell: (line) => {
      guard.stdin.write(`${line}\n`);
    },
    dismiss: async () => {
      guard.stdin.end();
      await gone;
    },
  };
}
