// The reports of calls that have ended: written to a folder, sent as a signed webhook, tried again while it is down.
import { access, constants, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AgentError, delay, type Logger, signatureHeaders } from '../../src/index.js';

export interface CallReportsOptions {
  readonly folder?: string;
  readonly url?: string;
  /** Signs the webhook, as Standard Webhooks has it. */
  readonly secret?: string;
  /** How long a webhook is tried. */
  readonly tryForMs?: number;
  readonly firstRetryMs?: number;
  readonly log: Logger;
}

export interface CallReport {
  readonly call: { readonly id: string; readonly room: string; readonly endedAt: number };
}

const HOUR_MS = 3_600_000;
const LONGEST_RETRY_MS = 60_000;
const ANSWER_WITHIN_MS = 10_000;
/** Reports that wait for their receiver: with more, the oldest are given up, so that memory has a bound. */
const MAX_WAITING = 1_000;

export class CallReports {
  readonly #options: CallReportsOptions;
  readonly #closing = new AbortController();
  /** The newest last; each is given up by its abort. */
  readonly #waiting = new Map<string, { readonly stop: AbortController; readonly over: Promise<void> }>();
  readonly #writing = new Set<Promise<void>>();

  constructor(options: CallReportsOptions) {
    this.#options = options;
  }

  /** Whether anybody wants reports. */
  get isWanted(): boolean {
    return this.#options.folder !== undefined || this.#options.url !== undefined;
  }

  /** Delivers the report in the background. Never throws. */
  deliver(report: CallReport): void {
    const { folder, url } = this.#options;
    if (folder !== undefined) this.#keep(report, folder);
    if (url === undefined) return;
    const stop = new AbortController();
    const { id } = report.call;
    const over = this.#send(report, url, stop.signal).finally(() => this.#waiting.delete(id));
    this.#waiting.set(id, { stop, over });
    if (this.#waiting.size <= MAX_WAITING) return;
    const [oldest] = this.#waiting.values();
    oldest?.stop.abort(new Error(`more than ${MAX_WAITING} reports wait`));
  }

  /** Gives what waits one last try each, `withinMs` at most; what is not delivered then is logged. */
  async close(withinMs = ANSWER_WITHIN_MS): Promise<void> {
    this.#closing.abort();
    const over = Promise.all([...this.#waiting.values()].map((entry) => entry.over));
    await Promise.race([Promise.all([over, ...this.#writing]), delay(withinMs)]);
  }

  #keep(report: CallReport, folder: string): void {
    const { log } = this.#options;
    const writing = write(report, folder)
      .catch((error: unknown) =>
        log.error(
          { code: 'report_not_written', err: error, report },
          'the report of a call could not be written',
        ),
      )
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  async #send(report: CallReport, url: string, given: AbortSignal): Promise<void> {
    const { tryForMs = HOUR_MS, firstRetryMs = 1_000, folder, log } = this.#options;
    const timestamp = new Date(report.call.endedAt).toISOString();
    const body = JSON.stringify({ type: 'call.ended', timestamp, data: report });
    const endsMs = performance.now() + tryForMs;
    let waitMs = firstRetryMs;
    for (;;) {
      const isLast = this.#closing.signal.aborted;
      const problem = await this.#post(url, report.call.id, body);
      if (problem === undefined) return;
      if (isLast || given.aborted || performance.now() + waitMs > endsMs) {
        const about = {
          code: 'report_not_delivered',
          problem,
          call: report.call.id,
          ...(folder === undefined ? { report } : {}),
        };
        log.error(about, 'the report of a call could not be delivered');
        return;
      }
      log.warn({ problem, call: report.call.id, waitMs }, 'the report of a call is sent again later');
      await pause(waitMs, [this.#closing.signal, given]);
      waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2);
    }
  }

  /** @returns why it was not delivered */
  async #post(url: string, id: string, body: string): Promise<string | undefined> {
    const { secret } = this.#options;
    const headers = {
      'content-type': 'application/json',
      ...(secret === undefined ? {} : signatureHeaders(secret, { id: `call_${id}`, at: new Date(), body })),
    };
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal });
      await response.body?.cancel();
      return response.ok ? undefined : `answered with ${response.status}`;
    } catch (error) {
      const { cause } = error as { readonly cause?: { readonly code?: string } };
      return cause?.code ?? (error instanceof Error ? error.message : String(error));
    }
  }
}

async function pause(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  for (const signal of signals) {
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  }
  await delay(ms, stop.signal);
  for (const signal of signals) signal.removeEventListener('abort', onAbort);
}

/**
 * Makes the folder where it is missing. Otherwise a folder without write access would be noticed at the end of a call,
 * whose report is lost.
 *
 * @throws AgentError
 */
export async function requireReportFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    // The folder itself, and not a file of that name.
    await access(`${folder}/.`, constants.W_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const message = `CALL_REPORT_DIR must be a folder that the worker can write to; ${folder} is not (${code})`;
    throw new AgentError('environment', message, { cause: error });
  }
}

/** With those above it. Node's own recursive mkdir never returns where a file system answers ENOENT, as /proc does. */
async function makeFolder(path: string): Promise<void> {
  const code = await codeOfMkdir(path);
  if (code !== 'ENOENT' || dirname(path) === path) return;
  await makeFolder(dirname(path));
  await codeOfMkdir(path);
}

async function codeOfMkdir(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    return undefined;
  } catch (error) {
    // What cannot be made is reported by who uses it.
    return (error as NodeJS.ErrnoException).code;
  }
}

/** In one piece: who watches the folder never reads half a report. */
async function write(report: CallReport, folder: string): Promise<void> {
  const { id, room, endedAt } = report.call;
  const plain = (text: string): string => text.replace(/[^\w.-]+/g, '_').slice(0, 80);
  const time = new Date(endedAt).toISOString().replace(/[:.]/g, '-');
  const path = join(folder, `${time}_${plain(room)}_${plain(id)}.json`);
  await makeFolder(folder);
  // Only who runs the worker reads what was said.
  await writeFile(`${path}.tmp`, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}
