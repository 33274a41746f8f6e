// Starts the worker's first room host before the worker has read its environment. Imports nothing that takes time to load.
import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const HOST_OPTIONS: ForkOptions = {
  serialization: 'advanced',
  // V8 lets the space for new objects grow to 16 MB, three times over, before it looks for what is no longer used: of an
  // idle host that is 12 MB, of one with calls 50 MB. Collected at 2 MB, CPU a call is the same.
  execArgv: [...process.execArgv, '--max-semi-space-size=2'],
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
};

/** The file that a room host runs. */
export const HOST_SCRIPT = fileURLToPath(new URL('./host-process.js', import.meta.url));

/** A host process that waits for the worker's first message. */
export class FirstHost {
  readonly #child: ChildProcess;
  readonly #kill = (): void => void this.#child.kill('SIGKILL');

  constructor(child: ChildProcess) {
    this.#child = child;
    child.once('error', () => {});
    // A worker that cannot start exits with one line; a host without a worker would print another.
    process.once('exit', this.#kill);
  }

  /** The process, once: the one who takes it ends it. Undefined where it has ended already. */
  take(): ChildProcess | undefined {
    process.removeListener('exit', this.#kill);
    return this.#child.exitCode === null && this.#child.signalCode === null ? this.#child : undefined;
  }
}

/** @param isolation AGENT_ISOLATION as it stands in the environment, unchecked */
export function forkFirstHost(isolation: string | undefined): FirstHost | undefined {
  if (isolation?.trim().toLowerCase() === 'process' || !existsSync(HOST_SCRIPT)) return undefined;
  return new FirstHost(fork(HOST_SCRIPT, [], HOST_OPTIONS));
}
