// The measuring process's side of a subject: starts a child process, sends it commands, and ends it with its call.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Profiles, Report, Settings, SubjectName } from './messages.js';

const READY_TIMEOUT_MS = 30_000;
const REPORT_TIMEOUT_MS = 20_000;
const LEAVE_TIMEOUT_MS = 10_000;
const LOG_CHARACTERS = 4_000;

export class Subject implements AsyncDisposable {
  readonly name: SubjectName;
  readonly #child: ChildProcess;
  #words = '';

  private constructor(name: SubjectName) {
    this.name = name;
    const path = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
    // Nothing else of the environment: what a machine has set for LiveKit or Google must not change what is measured.
    const env = { NODE_ENV: 'production', RUST_LOG: 'off' };
    this.#child = fork(path, [], { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#words = (this.#words + text).slice(-LOG_CHARACTERS);
      });
    }
  }

  static async start(name: SubjectName, settings: Settings): Promise<Subject> {
    const subject = new Subject(name);
    try {
      await subject.#ask({ type: 'start', settings }, 'ready', READY_TIMEOUT_MS);
      return subject;
    } catch (error) {
      await subject[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it has written last. */
  get words(): string {
    return this.#words.trim();
  }

  /** Blocks its event loop. Resolves when the loop turns again. */
  async block(durationMs: number): Promise<void> {
    await this.#ask({ type: 'block', durationMs }, 'blocked', REPORT_TIMEOUT_MS);
  }

  async profile(): Promise<void> {
    await this.#ask({ type: 'profile' }, 'profiling', REPORT_TIMEOUT_MS);
  }

  async stopProfile(): Promise<Profiles> {
    const report = await this.#ask({ type: 'stop-profile' }, 'profiled', REPORT_TIMEOUT_MS);
    return report.profiles;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    const cut = setTimeout(() => child.kill('SIGKILL'), LEAVE_TIMEOUT_MS);
    if (child.connected) child.send({ type: 'leave' } satisfies Order);
    else child.kill('SIGKILL');
    await closed;
    clearTimeout(cut);
  }

  #ask<T extends Report['type']>(
    order: Order,
    answer: T,
    timeoutMs: number,
  ): Promise<Extract<Report, { type: T }>> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        end();
        reject(new Error(`the subject ${this.name} ${why}:\n${this.words}`));
      };
      const onMessage = (report: Report): void => {
        if (report.type !== answer) return;
        end();
        resolve(report as Extract<Report, { type: T }>);
      };
      const onExit = (): void => fail(`ended instead of telling "${answer}"`);
      const timer = setTimeout(() => fail(`did not tell "${answer}" within ${timeoutMs} ms`), timeoutMs);
      const end = (): void => {
        clearTimeout(timer);
        this.#child.off('message', onMessage).off('exit', onExit);
      };
      this.#child.on('message', onMessage).on('exit', onExit);
      this.#child.send(order);
    });
  }
}
