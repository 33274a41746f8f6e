import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import type { ToolCall } from '../../../src/session/port.js';
import { answerWith, type ToolContext, ToolError } from '../../../src/tools/tool.js';
import { fakeClock, passed } from '../../support/fake-clock.js';
import { runnerOf, toolOf } from './support.js';

const call = (id: string, name = 'weather', args: ToolCall['args'] = {}): ToolCall => ({ id, name, args });

test('a value is answered within the tick in which its promise settles, once', async () => {
  const { runner, answers } = runnerOf([toolOf('weather', () => ({ sky: 'clear' }))]);
  expect(runner.start(call('1'))).toBe(true);
  await Promise.resolve();
  await Promise.resolve();
  expect(answers.map(({ result }) => result)).toEqual([
    { id: '1', name: 'weather', response: { sky: 'clear' } },
  ]);
  expect(runner.open).toEqual([]);
});

test('calls run side by side and are answered as each is done', async () => {
  const gates = new Map<string, (value: unknown) => void>();
  const tool = toolOf('weather', (_args, { callId }) => new Promise((resolve) => gates.set(callId, resolve)));
  const { runner, answers } = runnerOf([tool]);
  for (const id of ['1', '2', '3']) runner.start(call(id));
  expect(runner.open.map(({ id }) => id)).toEqual(['1', '2', '3']);
  gates.get('3')?.({ n: 3 });
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  gates.get('1')?.({ n: 1 });
  gates.get('2')?.({ n: 2 });
  await vi.waitFor(() => expect(answers).toHaveLength(3));
  expect(answers.map(({ call: { id } }) => id)).toEqual(['3', '1', '2']);
});

test('a duplicate id runs once, while it runs and afterwards', async () => {
  const run = vi.fn(() => 'ok');
  const before = vi.fn();
  const { runner, answers } = runnerOf([toolOf('weather', run)]);
  expect(runner.start(call('1'), before)).toBe(true);
  expect(runner.start(call('1'), before)).toBe(false);
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  expect(runner.start(call('1'), before)).toBe(false);
  expect(run).toHaveBeenCalledTimes(1);
  expect(before).toHaveBeenCalledTimes(1);
  expect(answers).toHaveLength(1);
});

test('a name that nobody declared is answered with what there is', () => {
  const { runner, answers } = runnerOf([toolOf('weather', () => 1), toolOf('time', () => 1)]);
  runner.start(call('1', 'wether'));
  expect(answers[0]?.result.response).toEqual({
    error: { code: 'unknown_tool', message: 'there is no tool wether; there are: weather, time' },
  });
});

test('what is too slow is answered with a timeout, its signal aborted, and nothing after that', async () => {
  using clock = fakeClock();
  let signal: AbortSignal | undefined;
  let finish: (value: unknown) => void = () => {};
  const tool = toolOf(
    'weather',
    (_args, context) => {
      signal = context.signal;
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
    { timeoutMs: 300 },
  );
  const { runner, answers } = runnerOf([tool]);
  runner.start(call('1'));
  await clock.advance(299);
  expect(answers).toEqual([]);
  await clock.advance(1);
  expect(answers).toHaveLength(1);
  expect(answers[0]?.result.response).toEqual({
    error: { code: 'timeout', message: 'timed out: no answer within 300 ms' },
  });
  expect(signal?.aborted).toBe(true);
  finish('too late');
  await clock.settle();
  expect(answers).toHaveLength(1);
  expect(clock.timers).toBe(0);
});

test('a ToolError is sent with its message, any other error without', async () => {
  const { runner, answers } = runnerOf([
    toolOf('weather', () => {
      throw new ToolError('no_station', 'there is no station near Atlantis');
    }),
    toolOf('time', async () => {
      throw new Error('password=hunter2 at 10.0.0.7');
    }),
  ]);
  runner.start(call('1', 'weather'));
  runner.start(call('2', 'time'));
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  const byId = new Map(answers.map((answer) => [answer.call.id, answer.result.response]));
  expect(byId.get('1')).toEqual({
    error: { code: 'no_station', message: 'there is no station near Atlantis' },
  });
  expect(byId.get('2')).toEqual({ error: { code: 'failed', message: 'the tool failed' } });
});

test('a cancelled call aborts its handler and is never answered', async () => {
  using clock = fakeClock();
  const seen: { context?: ToolContext; finish?: (value: unknown) => void } = {};
  const tool = toolOf('weather', (_args, context) => {
    seen.context = context;
    return new Promise((resolve) => {
      seen.finish = resolve;
    });
  });
  const { runner, answers } = runnerOf([tool]);
  runner.start(call('1'));
  expect(runner.cancel(['1', 'never-heard-of'])).toEqual(['1']);
  expect(seen.context?.signal.aborted).toBe(true);
  expect(seen.context?.signal.reason).toMatchObject({ code: 'cancelled' });
  seen.finish?.('late');
  await clock.advance(60_000);
  expect(answers).toEqual([]);
  expect(runner.cancel(['1'])).toEqual([]);
});

test('close() aborts what runs and answers nothing more', async () => {
  const signals: AbortSignal[] = [];
  const tool = toolOf('weather', (_args, { signal }) => {
    signals.push(signal);
    return new Promise(() => {});
  });
  const { runner, answers } = runnerOf([tool]);
  runner.start(call('1'));
  runner.close();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  expect(runner.start(call('2'))).toBe(false);
  expect(answers).toEqual([]);
});

test('a generator gives several answers, the last of which ends the call', async () => {
  const { runner, answers } = runnerOf([
    toolOf('search', async function* () {
      yield { found: 1 };
      yield { found: 2 };
      return { found: 3 };
    }),
  ]);
  runner.start(call('1', 'search'));
  await vi.waitFor(() => expect(runner.open).toEqual([]));
  expect(answers.map(({ result }) => result)).toEqual([
    { id: '1', name: 'search', response: { found: 1 }, willContinue: true },
    { id: '1', name: 'search', response: { found: 2 }, willContinue: true },
    { id: '1', name: 'search', response: { found: 3 } },
  ]);
});

test('a generator that returns nothing ends its call in silence', async () => {
  const { runner, answers } = runnerOf([
    toolOf('search', async function* () {
      yield { found: 1 };
    }),
  ]);
  runner.start(call('1', 'search'));
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  expect(answers[1]?.result).toEqual({ id: '1', name: 'search', response: {}, scheduling: 'SILENT' });
});

test('a model that waits for the function gets the last answer of a generator alone', async () => {
  const tool = toolOf(
    'search',
    async function* () {
      yield { found: 1 };
      yield { found: 2 };
    },
    { nonBlocking: false, severalAnswers: false },
  );
  const { runner, answers } = runnerOf([tool]);
  runner.start(call('1', 'search'));
  await vi.waitFor(() => expect(runner.open).toEqual([]));
  expect(answers.map(({ result }) => result)).toEqual([{ id: '1', name: 'search', response: { found: 2 } }]);
});

test('each answer of a generator has the whole time, and one that is cancelled lets go of what it holds', async () => {
  using clock = fakeClock();
  const released = vi.fn();
  const tool = toolOf(
    'watch',
    async function* (_args, { signal }) {
      try {
        for (let n = 1; ; n += 1) {
          await Promise.race([passed(200), once(signal, 'abort')]);
          yield { n };
        }
      } finally {
        released();
      }
    },
    { timeoutMs: 300 },
  );
  const { runner, answers } = runnerOf([tool]);
  runner.start(call('1', 'watch'));
  await clock.advance(1_000);
  expect(answers.length).toBeGreaterThanOrEqual(4);
  expect(answers.every(({ error }) => error === undefined)).toBe(true);
  const before = answers.length;
  runner.cancel(['1']);
  await clock.advance(1_000);
  expect(released).toHaveBeenCalledTimes(1);
  expect(answers).toHaveLength(before);
});

test("the handler's word on when to speak goes before the profile's, and errors keep the profile's", async () => {
  const { runner, answers } = runnerOf([
    toolOf('a', () => ({ ok: 1 }), { scheduling: 'WHEN_IDLE' }),
    toolOf('b', () => answerWith({ ok: 1 }, { scheduling: 'SILENT' }), { scheduling: 'WHEN_IDLE' }),
    toolOf('c', () => ({ ok: 1, scheduling: 'INTERRUPT' }), { scheduling: 'WHEN_IDLE' }),
    toolOf('d', () => Promise.reject(new ToolError('x', 'y')), { scheduling: 'SILENT' }),
    toolOf('e', () => ({ ok: 1 }), { scheduling: 'SILENT', nonBlocking: false }),
  ]);
  for (const name of ['a', 'b', 'c', 'd', 'e']) runner.start(call(name, name));
  await vi.waitFor(() => expect(answers).toHaveLength(5));
  const of = (id: string) => answers.find((answer) => answer.call.id === id)?.result;
  expect(of('a')).toEqual({ id: 'a', name: 'a', response: { ok: 1 }, scheduling: 'WHEN_IDLE' });
  expect(of('b')?.scheduling).toBe('SILENT');
  expect(of('c')).toEqual({ id: 'c', name: 'c', response: { ok: 1 }, scheduling: 'INTERRUPT' });
  expect(of('d')?.scheduling).toBe('SILENT');
  expect(of('e')).toEqual({ id: 'e', name: 'e', response: { ok: 1 } });
});

test.each([
  ['none', { id: '1', name: 'weather', response: { ok: 1 } }],
  ['top-level', { id: '1', name: 'weather', response: { ok: 1 }, scheduling: 'SILENT' }],
  ['both', { id: '1', name: 'weather', response: { ok: 1, scheduling: 'SILENT' }, scheduling: 'SILENT' }],
] as const)('scheduling goes where the model looks for it: %s', async (schedulingPlace, expected) => {
  const { runner, answers } = runnerOf([toolOf('weather', () => ({ ok: 1 }), { scheduling: 'SILENT' })], {
    schedulingPlace,
  });
  runner.start(call('1'));
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  expect(answers[0]?.result).toEqual(expected);
});

test('an answer that is too large or no JSON becomes an error', async () => {
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  let deep: unknown = 1;
  for (let level = 0; level < 100; level += 1) deep = { deep };
  const { runner, answers } = runnerOf([
    toolOf('huge', () => 'x'.repeat(300_000)),
    toolOf('loop', () => loop),
    toolOf('big', () => 10n),
    toolOf('deep', () => deep),
  ]);
  for (const name of ['huge', 'loop', 'big', 'deep']) runner.start(call(name, name));
  await vi.waitFor(() => expect(answers).toHaveLength(4));
  expect(answers.map(({ error }) => error?.code)).toEqual([
    'too_large',
    'bad_answer',
    'bad_answer',
    'bad_answer',
  ]);
});

test('values that are no objects stand under output', async () => {
  const values = { number: 4, list: [1], nothing: undefined, none: null, date: { at: new Date(0) } };
  const tools = Object.entries(values).map(([name, value]) => toolOf(name, () => value));
  const { runner, answers } = runnerOf(tools);
  for (const { name } of tools) runner.start(call(name, name));
  await vi.waitFor(() => expect(answers).toHaveLength(5));
  expect(Object.fromEntries(answers.map(({ result }) => [result.name, result.response]))).toEqual({
    number: { output: 4 },
    list: { output: [1] },
    nothing: { output: 'done' },
    none: { output: null },
    date: { at: '1970-01-01T00:00:00.000Z' },
  });
});

test('the idempotency key is one for a repeat, whatever its id and the order of its arguments', () => {
  const keys: Record<string, string> = {};
  const keep = toolOf('book', (_args, context) => {
    keys[context.callId] = context.idempotencyKey;
  });
  const other = runnerOf([toolOf('book', keep.run)], { conversation: 'c2' }).runner;
  const { runner } = runnerOf([keep, toolOf('cancel', keep.run)]);
  runner.start(call('1', 'book', { table: 4, at: { hour: 8, minute: 0 } }));
  runner.start(call('2', 'book', { at: { minute: 0, hour: 8 }, table: 4 }));
  runner.start(call('3', 'book', { table: 5, at: { hour: 8, minute: 0 } }));
  runner.start(call('4', 'cancel', { table: 4, at: { hour: 8, minute: 0 } }));
  other.start(call('5', 'book', { table: 4, at: { hour: 8, minute: 0 } }));
  expect(keys['2']).toBe(keys['1']);
  expect(new Set(Object.values(keys)).size).toBe(4);
  expect(keys['1']).toMatch(/^[0-9a-f]{64}$/);
});

test('a call of words that were taken back is answered without running', () => {
  const run = vi.fn();
  const { runner, answers } = runnerOf([toolOf('weather', run)]);
  runner.refuse(call('1'), new ToolError('cancelled', 'taken back'));
  expect(run).not.toHaveBeenCalled();
  expect(answers[0]?.result.response).toEqual({ error: { code: 'cancelled', message: 'taken back' } });
  expect(runner.start(call('1'))).toBe(false);
});

test('an answer in parts may have a hundred of them', async () => {
  const parts = toolOf('weather', async function* () {
    for (let part = 1; ; part += 1) yield { part };
  });
  const { runner, answers } = runnerOf([parts]);
  runner.start(call('1'));
  await vi.waitFor(() => expect(runner.open).toEqual([]));
  expect(answers).toHaveLength(101);
  expect(answers.at(-2)?.result).toMatchObject({ response: { part: 100 }, willContinue: true });
  expect(answers.at(-1)?.error).toMatchObject({ code: 'too_many' });
});

test('an answer in parts may last ten times the time of one answer', async () => {
  using clock = fakeClock();
  const parts = toolOf(
    'weather',
    async function* () {
      for (;;) {
        yield { more: true };
        await passed(900);
      }
    },
    { timeoutMs: 1_000 },
  );
  const { runner, answers } = runnerOf([parts]);
  runner.start(call('1'));
  await clock.advance(9_900);
  expect(runner.open).toHaveLength(1);
  await clock.advance(200);
  expect(runner.open).toEqual([]);
  expect(answers.at(-1)?.error).toMatchObject({
    code: 'timeout',
    message: expect.stringContaining('10000 ms'),
  });
});
