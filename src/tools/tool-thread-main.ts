// Main file of the thread in which module tools run: a handler that blocks does not delay audio.
import { parentPort, workerData } from 'node:worker_threads';
import { loadModuleTools, type ModuleTools } from './module-tools.js';
import { responseOf } from './response.js';
import type { ToolContext } from './tool.js';
import { ToolError } from './tool-error.js';
import type { ClonedAnswer, FromThread, LogLevel, ToThread } from './tool-thread-messages.js';

interface Running {
  readonly abort: AbortController;
  generator?: AsyncGenerator<unknown, unknown>;
}

type RunMessage = Extract<ToThread, { type: 'run' }>;

const { folder, only } = workerData as { readonly folder: string; readonly only?: string };
const running = new Map<number, Running>();

process.on('unhandledRejection', (error) => {
  log(undefined, 'error', { err: error }, 'a rejection that no module tool handled');
});

const tools = await load();
parentPort?.on('message', receive);

async function load(): Promise<ModuleTools> {
  try {
    const loaded = await loadModuleTools(new URL(folder), only);
    const cloned = [...loaded].map(([module, { declaration, scheduling }]) => ({
      module,
      declaration,
      ...(scheduling ? { scheduling } : {}),
    }));
    post({ type: 'loaded', tools: cloned });
    return loaded;
  } catch (error) {
    post({ type: 'not-loaded', message: error instanceof Error ? error.message : String(error) });
    return new Map();
  }
}

function receive(message: ToThread): void {
  const { id } = message;
  switch (message.type) {
    case 'run':
      running.set(id, { abort: new AbortController() });
      // Deferred until the queued messages were read: a call that was aborted meanwhile must not run.
      setImmediate(() => begin(message));
      return;
    case 'next':
      void step(id);
      return;
    case 'abort': {
      const call = running.get(id);
      running.delete(id);
      post({ type: 'aborted', id });
      call?.abort.abort(new ToolError(message.code, message.message));
      // Runs the generator's finally blocks when it reaches its next yield.
      call?.generator?.return(undefined).catch(() => {});
      return;
    }
  }
}

function begin({ id, module, args, context }: RunMessage): void {
  const call = running.get(id);
  if (!call) return;
  post({ type: 'begun', id });
  const whole: ToolContext = { ...context, signal: call.abort.signal, log: loggerOf(id, {}) };
  void settle(id, async () => {
    const outcome = await tools.get(module)?.run(args, whole);
    if (isGenerator(outcome)) {
      call.generator = outcome;
      return { type: 'generator', id };
    }
    running.delete(id);
    return { type: 'answer', id, answer: clonedAnswer(outcome) };
  });
}

function step(id: number): Promise<void> {
  return settle(id, async () => {
    const { done = false, value } = (await running.get(id)?.generator?.next()) ?? { done: true };
    if (done) running.delete(id);
    return { type: 'step', id, done, answer: clonedAnswer(value) };
  });
}

async function settle(id: number, act: () => Promise<FromThread>): Promise<void> {
  try {
    post(await act());
  } catch (error) {
    running.delete(id);
    if (error instanceof ToolError) post({ type: 'threw', id, code: error.code, message: error.message });
    else post({ type: 'failed', id, error: cloneable(error) });
  }
}

function clonedAnswer(value: unknown): ClonedAnswer {
  if (value === undefined || value === null) return { value };
  const { response, scheduling } = responseOf(value);
  return { value: response, ...(scheduling ? { scheduling } : {}) };
}

function loggerOf(id: number, bound: object): ToolContext['log'] {
  const at = (level: LogLevel) => (fields: object, message: string) =>
    log(id, level, { ...bound, ...fields }, message);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerOf(id, { ...bound, ...fields }),
  };
}

function log(id: number | undefined, level: LogLevel, fields: object, message: string): void {
  post({ type: 'log', id, level, fields: cloneable(fields), message });
}

/** The value if it can be cloned, else its text. */
function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return { text: String(value instanceof Error ? value.stack : value) };
  }
}

function isGenerator(value: unknown): value is AsyncGenerator<unknown, unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'next' in value;
}

function post(message: FromThread): void {
  parentPort?.postMessage(message);
}
