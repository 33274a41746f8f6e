// How many calls of the model run: so many at once, and so many a minute, with so long arguments. The rest is answered a batch at a time,
// without an event for each: a fault of the service must not become thousands of requests, or push out what others read.
import type { ToolCall, ToolResult } from '../session/port.js';
import { RateLimits } from '../util/rate-limits.js';
import { errorResponse } from './response.js';
import { ToolError } from './tool-error.js';

export const MAX_OPEN_CALLS = 32;
const CALLS_PER_MINUTE = 120;
const CALL_RATE = { burst: CALLS_PER_MINUTE, perSecond: CALLS_PER_MINUTE / 60 };
/** Everybody in the room, or of a `control` list, is sent the arguments. One call may have as many. */
const ARGUMENT_CHARS = 256 * 1024;
const ARGUMENT_RATE = { burst: ARGUMENT_CHARS, perSecond: ARGUMENT_CHARS / 60 };
const REPORT_RATE = { burst: 1, perSecond: 0.1 };
/** Answered at once; between batches the event loop turns, so that the voice goes on. */
const BATCH = 250;

const TOO_MANY = new ToolError(
  'too_many',
  `at most ${MAX_OPEN_CALLS} calls at once and ${CALLS_PER_MINUTE} a minute are run, with arguments of ${ARGUMENT_CHARS} characters in all: wait for answers before you call again`,
);

export interface CallLimitsOptions {
  readonly answer: (results: readonly ToolResult[]) => void;
  /** Called at most once in ten seconds, with the number of calls that were not run since. */
  readonly report: (count: number) => void;
}

export class CallLimits {
  readonly #options: CallLimitsOptions;
  readonly #rate = new RateLimits(CALL_RATE);
  readonly #arguments = new RateLimits(ARGUMENT_RATE);
  readonly #reports = new RateLimits(REPORT_RATE);
  #waiting: ToolCall[] = [];
  #next: NodeJS.Immediate | undefined;
  #unreported = 0;

  constructor(options: CallLimitsOptions) {
    this.#options = options;
  }

  /** Whether one more call may run beside those that are open. */
  admits({ args }: Pick<ToolCall, 'args'>, open: number): boolean {
    if (open >= MAX_OPEN_CALLS || !this.#rate.take('')) return false;
    return this.#arguments.take('', JSON.stringify(args).length);
  }

  /** Answers calls that may not run. */
  refuse(calls: readonly ToolCall[]): void {
    if (calls.length === 0) return;
    for (const call of calls) this.#waiting.push(call);
    this.#unreported += calls.length;
    if (this.#reports.take('')) {
      this.#options.report(this.#unreported);
      this.#unreported = 0;
    }
    this.#next ??= setImmediate(() => this.#answer());
  }

  close(): void {
    clearImmediate(this.#next);
    this.#waiting = [];
  }

  #answer(): void {
    const batch = this.#waiting.slice(0, BATCH);
    this.#waiting = this.#waiting.slice(BATCH);
    this.#next = this.#waiting.length > 0 ? setImmediate(() => this.#answer()) : undefined;
    this.#options.answer(batch.map(({ id, name }) => ({ id, name, response: errorResponse(TOO_MANY) })));
  }
}
