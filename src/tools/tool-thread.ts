// Runs module tools in a separate thread, which is restarted when a tool has blocked or ended it.
import { Worker } from 'node:worker_threads';
import { AgentError } from '../util/agent-error.js';
import type { Logger } from '../util/log.js';
import type { ModuleTools } from './module-tools.js';
import { type DefinedTool, proxyTool, type ToolContext } from './tool.js';
import { ToolError } from './tool-error.js';
import { answeredValue, type ClonedTool, type FromThread, type ToThread } from './tool-thread-messages.js';

/** The folder of the module tools, in which every file is a tool as for loadModuleTools(), and a logger. */
export interface ToolThreadOptions {
  readonly folder: URL;
  readonly log: Logger;
  /** What another process has loaded from the same folder: this one starts without a thread, and loads it later. */
  readonly known?: readonly KnownTool[];
  /** The main file of the thread; for programs that run from TypeScript without compiled files. */
  readonly script?: URL;
  /** The name of the one module to load. */
  readonly only?: string;
}

/** A tool of the thread, as its declaration is known in this process. */
export type KnownTool = ClonedTool;

type RunMessage = Extract<ToThread, { type: 'run' }>;
type OfCall = Exclude<FromThread, { type: 'loaded' | 'not-loaded' | 'log' | 'aborted' }>;
type Step = Extract<FromThread, { type: 'step' }>;

interface ThreadCall {
  readonly message: RunMessage;
  readonly log: Logger;
  begun: boolean;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

const LOAD_WITHIN_MS = 20_000;
/** A process that takes over calls needs the processor for them first. */
const LOAD_KNOWN_AFTER_MS = 2_000;
/** A thread that has not acknowledged an abort after this time is blocked by a handler. */
const ACKNOWLEDGED_WITHIN_MS = 2_000;
/** Heap limit: a handler that leaks memory ends its thread, not the process with the calls. */
const HEAP_MB = 256;

/** A thread that runs module tools, so that a blocking handler does not delay audio. */
export class ToolThread {
  readonly #options: ToolThreadOptions;
  readonly #calls = new Map<number, ThreadCall>();
  readonly #unacknowledged = new Map<number, NodeJS.Timeout>();
  #worker: Worker | undefined;
  #isLoaded = false;
  #loading: NodeJS.Timeout | undefined;
  #onLoaded: ((outcome: readonly ClonedTool[] | Error) => void) | undefined;
  #lastId = 0;
  #closed = false;
  #tools: ModuleTools = new Map();
  #known: readonly ClonedTool[] = [];

  private constructor(options: ToolThreadOptions) {
    this.#options = options;
  }

  /** @throws AgentError with code `tool_module` that names the file that cannot be loaded */
  static async start(options: ToolThreadOptions): Promise<ToolThread> {
    const thread = new ToolThread(options);
    thread.#known = options.known ?? (await thread.#load());
    if (options.known) setTimeout(() => thread.#startOnce(), LOAD_KNOWN_AFTER_MS).unref();
    thread.#tools = new Map(thread.#known.map((tool) => [tool.module, thread.#proxyOf(tool)]));
    return thread;
  }

  /** For another process's `known`. */
  get known(): readonly KnownTool[] {
    return this.#known;
  }

  async #load(): Promise<readonly ClonedTool[]> {
    const loaded = await new Promise<readonly ClonedTool[] | Error>((resolve) => {
      this.#onLoaded = resolve;
      this.#start();
    });
    this.#onLoaded = undefined;
    if (!(loaded instanceof Error)) return loaded;
    this.close();
    throw loaded;
  }

  #startOnce(): void {
    if (!this.#worker && !this.#closed) this.#start();
  }

  get tools(): ModuleTools {
    return this.#tools;
  }

  close(): void {
    this.#closed = true;
    this.#end();
    this.#failCalls(() => true, 'the conversation has ended');
  }

  #start(): void {
    const { folder, script, only } = this.#options;
    const worker = new Worker(script ?? new URL('./tool-thread-main.js', import.meta.url), {
      workerData: { folder: folder.href, only },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    // The thread must not keep the process alive. Before it is online unref() has no effect.
    worker.once('online', () => worker.unref());
    this.#worker = worker;
    worker.on('message', (message: FromThread) => {
      if (worker === this.#worker) this.#receive(message);
    });
    const onEnd = (fields: object): void => {
      if (worker === this.#worker) this.#lost(fields, 'a module tool has ended the thread of all of them');
    };
    worker.on('error', (error) => onEnd({ err: error }));
    worker.once('exit', (code) => onEnd({ code }));
    this.#loading = setTimeout(() => {
      this.#notLoaded(`the module tools could not be loaded within ${LOAD_WITHIN_MS / 1_000} s`);
    }, LOAD_WITHIN_MS);
  }

  #proxyOf({ module, declaration, scheduling }: ClonedTool): DefinedTool {
    return proxyTool({
      declaration,
      ...(scheduling ? { scheduling } : {}),
      run: (args, context) => this.#run({ module, args, context }),
    });
  }

  async #run({
    module,
    args,
    context,
  }: Pick<RunMessage, 'module' | 'args'> & { readonly context: ToolContext }): Promise<unknown> {
    if (this.#closed) throw new ToolError('unavailable', 'the conversation has ended');
    const { signal, log, ...cloned } = context;
    const id = ++this.#lastId;
    const message: RunMessage = { type: 'run', id, module, args, context: cloned };
    this.#startOnce();
    const onAbort = (): void => this.#abort(id, signal.reason);
    const outcome = new Promise<unknown>((resolve, reject) => {
      this.#calls.set(id, { message, log, begun: false, resolve, reject });
      if (this.#isLoaded) this.#post(message);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
    try {
      return await outcome;
    } finally {
      if (!this.#calls.has(id)) signal.removeEventListener('abort', onAbort);
    }
  }

  async *#answersOf(id: number, call: ThreadCall): AsyncGenerator<unknown, unknown> {
    try {
      for (;;) {
        const { done, answer } = await new Promise<Step>((resolve, reject) => {
          if (!this.#calls.has(id)) reject(new ToolError('cancelled', 'the call is over'));
          call.resolve = resolve as ThreadCall['resolve'];
          call.reject = reject;
          this.#post({ type: 'next', id });
        });
        if (done) return answeredValue(answer);
        yield answeredValue(answer);
      }
    } finally {
      this.#abort(id, new ToolError('cancelled', 'no more answers are wanted'));
    }
  }

  #receive(message: FromThread): void {
    switch (message.type) {
      case 'loaded':
        this.#loaded(message.tools);
        return;
      case 'not-loaded':
        this.#notLoaded(message.message);
        return;
      case 'log': {
        const log = this.#calls.get(message.id ?? 0)?.log ?? this.#options.log;
        log[message.level](message.fields as object, message.message);
        return;
      }
      case 'aborted':
        clearTimeout(this.#unacknowledged.get(message.id));
        this.#unacknowledged.delete(message.id);
        return;
      default:
        this.#receiveOf(message);
    }
  }

  #receiveOf(message: OfCall): void {
    const { id } = message;
    const call = this.#calls.get(id);
    if (!call) return;
    switch (message.type) {
      case 'begun':
        call.begun = true;
        return;
      case 'generator':
        call.resolve(this.#answersOf(id, call));
        return;
      case 'step':
        if (message.done) this.#calls.delete(id);
        call.resolve(message);
        return;
      case 'answer':
        this.#calls.delete(id);
        call.resolve(answeredValue(message.answer));
        return;
      case 'threw':
        this.#calls.delete(id);
        call.reject(new ToolError(message.code, message.message));
        return;
      case 'failed':
        this.#calls.delete(id);
        call.reject(message.error);
        return;
    }
  }

  #loaded(tools: readonly ClonedTool[]): void {
    clearTimeout(this.#loading);
    this.#isLoaded = true;
    this.#onLoaded?.(tools);
    for (const { message } of this.#calls.values()) this.#post(message);
  }

  #notLoaded(message: string): void {
    this.#end();
    if (this.#onLoaded) this.#onLoaded(new AgentError('tool_module', message));
    else
      this.#options.log.error({ code: 'tool_module', reason: message }, 'the module tools cannot be loaded');
    this.#failCalls(() => true, 'the module tools cannot be loaded');
  }

  #abort(id: number, reason: unknown): void {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    call.reject(reason);
    if (!this.#isLoaded) return;
    const error = reason instanceof ToolError ? reason : new ToolError('cancelled', String(reason));
    this.#post({ type: 'abort', id, code: error.code, message: error.message });
    const { module } = call.message;
    const blocked = (): void => {
      if (!this.#unacknowledged.delete(id)) return;
      this.#lost({ module }, 'a module tool has blocked the thread of all of them: it is started anew');
    };
    const timer = setTimeout(() => {
      // Queued messages of the thread are read first: this process may have been blocked itself.
      setImmediate(blocked);
    }, ACKNOWLEDGED_WITHIN_MS);
    timer.unref();
    this.#unacknowledged.set(id, timer);
  }

  /** The thread has ended or is blocked. Calls that it has not begun run in the next one. */
  #lost(fields: object, message: string): void {
    this.#options.log.error({ code: 'tool_thread', ...fields }, message);
    const wasLoaded = this.#isLoaded;
    this.#end();
    if (this.#closed) return;
    if (!wasLoaded) {
      this.#notLoaded('the thread of the module tools has ended while it loaded them');
      return;
    }
    this.#failCalls(
      ({ begun }) => begun,
      'another tool has ended the thread in which this one ran: it is not known whether it was done; do not repeat it unasked',
    );
    this.#start();
  }

  #end(): void {
    clearTimeout(this.#loading);
    for (const timer of this.#unacknowledged.values()) clearTimeout(timer);
    this.#unacknowledged.clear();
    this.#isLoaded = false;
    const worker = this.#worker;
    this.#worker = undefined;
    // Ends a blocking handler; one that waits in native code cannot be ended.
    void worker?.terminate();
  }

  #failCalls(which: (call: ThreadCall) => boolean, message: string): void {
    for (const [id, call] of this.#calls) {
      if (!which(call)) continue;
      this.#calls.delete(id);
      call.reject(new ToolError('failed', message));
    }
  }

  #post(message: ToThread): void {
    this.#worker?.postMessage(message);
  }
}
