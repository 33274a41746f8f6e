// The worker's side of one room host: its process, its calls, and its health.
import { type ChildProcess, fork } from 'node:child_process';
import type { KnownDeployment } from '../deployment-files.js';
import { HOST_OPTIONS } from './first-host.js';
import type { FromHost, ToHost } from './host-messages.js';

/** How a host's process is started. */
export interface HostFork {
  readonly script: string;
  /** This process's own where omitted. */
  readonly env?: NodeJS.ProcessEnv;
  readonly folder?: string;
  /** What an earlier host has loaded. */
  readonly known?: KnownDeployment;
  /** A process that was started before there was a pool. */
  readonly started?: ChildProcess;
}

export interface RoomHostListener {
  onReady(host: RoomHost): void;
  onMessage(host: RoomHost, message: FromHost): void;
  /** Once, when the process has ended, by itself or by a signal. */
  onExit(host: RoomHost, how: string): void;
}

let hosts = 0;

export class RoomHost {
  readonly name = `host-${++hosts}`;
  /** Ids of the calls in it. */
  readonly calls = new Set<string>();
  readonly #child: ChildProcess;
  /** Calls that it was ever given. */
  served = 0;
  ready = false;
  /** Takes no more calls. */
  retiring = false;
  beatMs = performance.now();
  rssBytes = 0;
  /** When it was found to be too large; it is killed a moment later. */
  tooLargeSinceMs: number | undefined;
  /** Share of a core that it has used since the last beat. */
  cpu = 0;
  #ended = false;

  constructor({ script, env, folder, known, started }: HostFork, listener: RoomHostListener) {
    this.#child =
      started ??
      fork(script, [], { ...HOST_OPTIONS, ...(env ? { env } : {}), ...(folder ? { cwd: folder } : {}) });
    this.#child.on('message', (message: FromHost) => {
      this.beatMs = performance.now();
      if (message.type === 'ready') {
        this.ready = true;
        listener.onReady(this);
      }
      listener.onMessage(this, message);
    });
    this.send({ type: 'begin', ...(known ? { known } : {}) });
    this.#child.once('error', () => {});
    this.#child.once('exit', (code, signal) => {
      this.#ended = true;
      listener.onExit(this, signal ?? `code ${code}`);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToHost): void {
    // The calls of a process that is ending move to another one, so a message that it does not receive is not lost.
    if (!this.#ended && this.#child.connected) this.#child.send(message, () => {});
  }

  /** Ends the process at once; a stopped one, too. */
  kill(): void {
    if (!this.#ended) this.#child.kill('SIGKILL');
  }
}
