// Runs the model's tool calls concurrently. Each runs once and is answered once, and not after it was cancelled.

import type { ToolCall } from '../session/port.js';
import { isGenerator } from './answer-stream.js';
import { idempotencyKey } from './idempotency-key.js';
import { errorResponse, responseOf, type ToolResponse, toolResult } from './response.js';
import type { RunnableTool } from './runnable-tool.js';
import type { ToolRunnerOptions } from './runner-options.js';
import { ToolAnswer, type ToolContext } from './tool.js';
import { ToolError, toolErrorOf } from './tool-error.js';

export type { RunnableTool } from './runnable-tool.js';
export type { AnsweredCall, ToolRunnerOptions } from './runner-options.js';

interface OpenCall {
  readonly call: ToolCall;
  readonly tool: RunnableTool;
  readonly abort: AbortController;
  readonly startedMs: number;
  timer: NodeJS.Timeout | undefined;
  /** When an answer in parts has to be whole. */
  endsMs?: number;
}

const WAITING = new ToolAnswer(
  { status: 'waiting', reason: 'somebody has to allow this first' },
  'WHEN_IDLE',
);

/** What the model is to do about a call that the person has to allow aloud. */
function askAloud(call: string): ToolAnswer {
  const reason =
    'ask the person aloud whether you may; after their answer call confirm_call with the id of this call';
  return new ToolAnswer({ status: 'waiting', call, reason }, 'WHEN_IDLE');
}

/** An answer in parts: so many, and so many times the time that one answer may take. */
const MAX_PARTS = 100;
const MAX_TIMES = 10;

/** How many ids of finished calls are kept to recognise a repeated call. */
const REMEMBERED = 1_000;

export class ToolRunner {
  readonly #options: ToolRunnerOptions;
  /** Signals, clocks and approvals of running calls: the session's call registry knows ids and results alone. */
  readonly #open = new Map<string, OpenCall>();
  /** A call must never run twice: the session's registry drops repeats first, but forgets after 256 calls. */
  readonly #known = new Set<string>();
  #closed = false;

  constructor(options: ToolRunnerOptions) {
    this.#options = options;
  }

  get open(): readonly ToolCall[] {
    return [...this.#open.values()].map(({ call }) => call);
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Whether a call of this id runs, or has run. */
  knows(id: string): boolean {
    return this.#known.has(id);
  }

  /** Runs a call; false when its id is known already. `before` is called before the call runs. */
  start(call: ToolCall, before: () => void = () => {}): boolean {
    if (this.#closed || !this.#isNew(call.id)) return false;
    before();
    const tool = this.#options.find(call.name);
    if (!tool) {
      const names = this.#options.names().join(', ') || 'none';
      this.#refuse(call, new ToolError('unknown_tool', `there is no tool ${call.name}; there are: ${names}`));
      return true;
    }
    const open: OpenCall = {
      call,
      tool,
      abort: new AbortController(),
      startedMs: performance.now(),
      timer: undefined,
    };
    this.#open.set(call.id, open);
    if (tool.approve === undefined && tool.approveBy === undefined) this.#begin(open);
    else void this.#beginWhenAllowed(open);
    return true;
  }

  /** Answers a call with an error instead of running it; false when it is known already. */
  refuse(call: ToolCall, error: ToolError, before: () => void = () => {}): boolean {
    if (this.#closed || !this.#isNew(call.id)) return false;
    before();
    this.#refuse(call, error);
    return true;
  }

  /** Aborts the handlers of these calls, which get no result. Returns the ids of those that were open. */
  cancel(ids: readonly string[]): readonly string[] {
    const cancelled: string[] = [];
    for (const id of ids) {
      const open = this.#open.get(id);
      if (!open) continue;
      this.#end(open);
      open.abort.abort(new ToolError('cancelled', 'the model has cancelled the call'));
      cancelled.push(id);
    }
    return cancelled;
  }

  /** Aborts every handler; no call gets a result after that. */
  close(): void {
    this.#closed = true;
    this.cancel([...this.#open.keys()]);
  }

  #isNew(id: string): boolean {
    if (this.#known.has(id)) return false;
    this.#known.add(id);
    if (this.#known.size > REMEMBERED) {
      for (const old of this.#known) {
        if (this.#open.has(old)) continue;
        this.#known.delete(old);
        break;
      }
    }
    return true;
  }

  #begin(open: OpenCall): void {
    this.#startTimer(open);
    void this.#run(open);
  }

  async #beginWhenAllowed(open: OpenCall): Promise<void> {
    const { call, tool } = open;
    const decided = this.#options.approve(call, tool, open.abort.signal);
    // With an intermediate result the model can tell the person that it waits; blocking models stay silent.
    if (tool.severalAnswers && decided instanceof Promise)
      this.#respond(open, tool.approveBy === 'voice' ? askAloud(call.id) : WAITING, true);
    const { state, by, reason } = await decided;
    if (!this.#isOpen(open)) return;
    if (state === 'allowed') this.#begin(open);
    else if (state === 'refused')
      this.#fail(open, new ToolError('refused', reason ?? `${by ?? 'somebody'} has not allowed it`));
    else this.#fail(open, new ToolError('timeout', 'nobody has allowed it in time'));
  }

  async #run(open: OpenCall): Promise<void> {
    try {
      const started = open.tool.run(open.call.args, this.#contextOf(open));
      // A tool in a thread reports asynchronously that it is a generator.
      const outcome = isGenerator(started) ? started : await started;
      if (isGenerator(outcome)) await this.#runGenerator(open, outcome);
      else this.#answer(open, outcome);
    } catch (error) {
      this.#fail(open, error);
    }
  }

  async #runGenerator(open: OpenCall, generator: AsyncGenerator<unknown, unknown>): Promise<void> {
    const { severalAnswers } = open.tool;
    let latest: unknown;
    let parts = 0;
    try {
      for (;;) {
        const step = await generator.next();
        if (!this.#isOpen(open)) return;
        if (!step.done) {
          latest = step.value;
          parts += 1;
          if (parts > MAX_PARTS)
            throw new ToolError('too_many', `the answer has more than ${MAX_PARTS} parts`);
          this.#startTimer(open);
          if (severalAnswers) this.#respond(open, step.value, true);
        } else if (severalAnswers && step.value === undefined && latest !== undefined) {
          this.#finishSilently(open);
          return;
        } else {
          this.#answer(open, step.value ?? latest);
          return;
        }
      }
    } finally {
      // Runs the generator's finally blocks, although its further results are not used.
      await generator.return(undefined);
    }
  }

  #answer(open: OpenCall, value: unknown): void {
    if (!this.#isOpen(open)) return;
    this.#respond(open, value, false);
    this.#end(open);
  }

  /** The generator returned nothing: an empty SILENT result ends the call. */
  #finishSilently(open: OpenCall): void {
    this.#emit(open, { response: {}, scheduling: 'SILENT' }, false);
    this.#end(open);
  }

  #respond(open: OpenCall, value: unknown, willContinue: boolean): void {
    this.#emit(open, responseOf(value), willContinue);
  }

  #emit(open: OpenCall, answer: ToolResponse, willContinue: boolean): void {
    const { call, tool } = open;
    const { response, media } = answer;
    const scheduling = tool.nonBlocking ? (answer.scheduling ?? tool.scheduling) : undefined;
    const options = { scheduling, place: this.#options.schedulingPlace, willContinue, media };
    this.#options.onAnswer({
      call,
      result: toolResult(call, response, options),
      durationMs: elapsed(open),
    });
  }

  #fail(open: OpenCall, thrown: unknown): void {
    if (!this.#isOpen(open)) {
      if (!open.abort.signal.aborted) this.#log(open, thrown);
      return;
    }
    const error = toolErrorOf(thrown);
    if (error !== thrown) this.#log(open, thrown);
    this.#end(open);
    open.abort.abort(error);
    const { call, tool } = open;
    const scheduling = tool.nonBlocking ? tool.scheduling : undefined;
    const options = { scheduling, place: this.#options.schedulingPlace, willContinue: false };
    this.#options.onAnswer({
      call,
      result: toolResult(call, errorResponse(error), options),
      durationMs: elapsed(open),
      error,
    });
  }

  #refuse(call: ToolCall, error: ToolError): void {
    const options = { scheduling: undefined, place: 'none', willContinue: false } as const;
    this.#options.onAnswer({
      call,
      result: toolResult(call, errorResponse(error), options),
      durationMs: 0,
      error,
    });
  }

  #contextOf({ call, abort }: OpenCall): ToolContext {
    const { conversation, room, speaker, participants, by, data, log } = this.#options;
    const traceparent = this.#options.traceparent?.(call.id);
    return {
      ...(traceparent === undefined ? {} : { traceparent }),
      callId: call.id,
      idempotencyKey: idempotencyKey(conversation, call),
      signal: abort.signal,
      room,
      participant: speaker(),
      participants: participants(),
      by: by(),
      data: data(),
      log: log.child({ tool: call.name, call: call.id }),
    };
  }

  #startTimer(open: OpenCall): void {
    const { timeoutMs } = open.tool;
    open.endsMs ??= performance.now() + timeoutMs * MAX_TIMES;
    const leftMs = open.endsMs - performance.now();
    const message =
      leftMs < timeoutMs
        ? `timed out: no last answer within ${timeoutMs * MAX_TIMES} ms`
        : `timed out: no answer within ${timeoutMs} ms`;
    clearTimeout(open.timer);
    open.timer = setTimeout(
      () => this.#fail(open, new ToolError('timeout', message)),
      Math.max(0, Math.min(timeoutMs, leftMs)),
    );
  }

  #isOpen(open: OpenCall): boolean {
    return this.#open.get(open.call.id) === open;
  }

  #end(open: OpenCall): void {
    clearTimeout(open.timer);
    this.#open.delete(open.call.id);
  }

  #log({ call }: OpenCall, error: unknown): void {
    this.#options.log.error({ code: 'tool', err: error, tool: call.name, call: call.id }, 'a tool failed');
  }
}

function elapsed({ startedMs }: OpenCall): number {
  return Math.round((performance.now() - startedMs) * 10) / 10;
}
