// Which access a call uses: the first that works, the next after a refusal, and none of those that have failed.
import { expect, test } from 'vitest';
import { Accesses, type AccessRest, failureOf, withFallback } from '../../../src/gemini/accesses.js';
import type { ModelAccess } from '../../../src/gemini/client.js';
import type { CloseInfo, OpenWire, WireListener } from '../../../src/session/wire.js';

const LIST: readonly ModelAccess[] = [{ apiKey: 'first' }, { apiKey: 'second' }, { apiKey: 'third' }];
const closed = (code: number, reason: string, more: Partial<CloseInfo> = {}): CloseInfo => ({
  code,
  reason,
  expected: false,
  ...more,
});
const LEAKED = closed(1008, 'Your API key was reported as leaked. Please use another API key.');
const QUOTA = closed(1011, 'You exceeded your current quota, please check your plan.');
const LOST = closed(1006, '');
const NOBODY = closed(1006, 'connect ECONNREFUSED', { unreachable: true });

/** The accesses of a worker. */
class Worker {
  nowMs = 1_000_000;
  readonly accesses: Accesses;
  readonly shared: [string, AccessRest][] = [];

  constructor(list = LIST) {
    this.accesses = new Accesses(list, () => this.nowMs);
    this.accesses.onChange = (...change) => this.shared.push(change);
  }

  call(): Call {
    return new Call(this);
  }
}

class Call {
  readonly worker: Worker;
  readonly used: (string | undefined)[] = [];
  readonly deadlines: (number | undefined)[] = [];
  readonly seen: string[] = [];
  /** Numbers of accesses. */
  readonly logged: unknown[] = [];
  #listener: WireListener | undefined;
  readonly #open: OpenWire;

  constructor(worker: Worker) {
    this.worker = worker;
    this.#open = withFallback(
      worker.accesses,
      (access) => (opening, listener) => {
        this.used.push(access().apiKey);
        this.deadlines.push(opening.deadlineMs);
        this.#listener = listener;
        return {} as ReturnType<OpenWire>;
      },
      { error: (fields) => void this.logged.push((fields as { access: number }).access) },
      () => worker.nowMs,
    );
  }

  connect(): this {
    this.#open(
      { seed: false },
      {
        onReady: () => {},
        onEvent: (event) => void (event.type === 'error' && this.seen.push(event.message)),
        onClose: ({ moved = 'closed' }) => void this.seen.push(moved),
      },
    );
    return this;
  }

  ready(): this {
    this.#listener?.onReady();
    return this;
  }

  close(info: CloseInfo): this {
    this.#listener?.onClose(info);
    return this;
  }
}

test('a key that is revoked in mid-call moves it to the next access, and says so', () => {
  const call = new Worker().call().connect().ready().close(LEAKED).connect();
  expect(call.used).toEqual(['first', 'second']);
  expect(call.seen).toEqual([
    'access 1 of 3 was refused (1008: Your API key was reported as leaked. Please use another API key.): the call goes on with access 2',
    'now',
  ]);
});

test('new calls begin at the access that works, and one at a time tries the first again after its rest', () => {
  const worker = new Worker();
  worker.call().connect().close(LEAKED);
  expect(worker.call().connect().used).toEqual(['second']);
  worker.nowMs += 600_000;
  const trial = worker.call().connect();
  expect(trial.used).toEqual(['first']);
  expect(worker.call().connect().used).toEqual(['second']);
  trial.ready();
  expect(worker.call().connect().used).toEqual(['first']);
});

test('the call that tries an unreachable access again waits five seconds for it, not thirty', () => {
  const worker = new Worker();
  const first = worker.call().connect();
  worker.nowMs += 30_000;
  first.close(LOST);
  worker.nowMs += 60_000;
  const trial = worker.call().connect();
  expect(trial.used).toEqual(['first']);
  expect(trial.deadlines).toEqual([5_000]);
  worker.nowMs += 5_000;
  expect(trial.close(LOST).connect().used).toEqual(['first', 'second']);
});

test('what one process of a worker has learned, the others are sent and use', () => {
  const worker = new Worker();
  worker.call().connect().close(LEAKED);
  expect(worker.shared).toEqual([[expect.any(String), { why: 'refused', untilMs: worker.nowMs + 600_000 }]]);
  const [[id, rest]] = worker.shared as [[string, AccessRest]];
  expect(id).not.toContain('first');
  const other = new Worker();
  other.accesses.rest(id, rest);
  expect(other.call().connect().used).toEqual(['second']);
  other.accesses.rest(id, { ...rest, untilMs: 0 });
  expect(other.call().connect().used).toEqual(['first']);
  // A process that began after the file was edited.
  const edited = new Worker([{ apiKey: 'new' }, ...LIST]);
  edited.accesses.rest(id, rest);
  expect(edited.call().connect().close(LEAKED).connect().used).toEqual(['new', 'second']);
  const without = new Worker(LIST.slice(1));
  without.accesses.rest(id, rest);
  expect(without.call().connect().used).toEqual(['second']);
});

test('where every key is refused, the refusal is the end that it was without a list', () => {
  const call = new Worker().call().connect().close(LEAKED).connect().close(LEAKED).connect().close(LEAKED);
  expect(call.used).toEqual(['first', 'second', 'third']);
  expect(call.seen.at(-1)).toBe('closed');
});

test('where another access only lacks quota, the call waits for it', () => {
  const call = new Worker(LIST.slice(0, 2)).call().connect().ready();
  call.close(QUOTA).connect().close(LEAKED);
  expect(call.seen.slice(-2)).toEqual([
    'access 2 of 2 was refused (1008: Your API key was reported as leaked. Please use another API key.), and no other access can be used now',
    'later',
  ]);
  call.worker.nowMs += 60_000;
  expect(call.connect().used).toEqual(['first', 'second', 'first']);
});

test('an access that refuses what the first took is passed over in this call alone', () => {
  const unknown = closed(1008, 'models/gemini-3.8-live is not found for API version v1beta');
  const worker = new Worker();
  const call = worker.call().connect().ready().close(LEAKED).connect().close(unknown).connect();
  expect(call.used).toEqual(['first', 'second', 'third']);
  expect(worker.call().connect().used).toEqual(['second']);
  // The first access itself has no other to compare with: the profile is wrong.
  expect(new Worker().call().connect().close(unknown).seen).toEqual(['closed']);
});

test('half a minute without a connection moves the call; a shorter loss does not', () => {
  const call = new Worker().call().connect().ready();
  const { worker } = call;
  worker.nowMs += 100_000;
  call.close(LOST).connect();
  worker.nowMs += 29_999;
  call.close(LOST).connect();
  expect(call.used).toEqual(['first', 'first', 'first']);
  expect(call.deadlines).toEqual([10_000, 30_000, 1]);
  worker.nowMs += 1;
  call.close(LOST).connect();
  expect(call.used.at(-1)).toBe('second');
  expect(call.seen.at(-2)).toBe('access 1 of 3 cannot be reached: the call goes on with access 2');
});

test('an access that lets nobody connect is left at the first try, and other calls begin with the next', () => {
  const worker = new Worker();
  const call = worker.call().connect().close(NOBODY).connect();
  expect(call.used).toEqual(['first', 'second']);
  expect(call.seen).toEqual([
    'access 1 of 3 cannot be reached (connect ECONNREFUSED): the call goes on with access 2',
    'now',
  ]);
  // The next one may let nobody connect, either.
  expect(call.close(NOBODY).connect().used).toEqual(['first', 'second', 'third']);
  expect(worker.call().connect().used).toEqual(['third']);
});

test('an access that has worked in this call keeps it for half a minute: the session can be resumed there', () => {
  const call = new Worker().call().connect().ready().close(LOST).connect();
  call.worker.nowMs += 29_999;
  call.close(NOBODY).connect();
  expect(call.used).toEqual(['first', 'first', 'first']);
  call.worker.nowMs += 1;
  expect(call.close(NOBODY).connect().used.at(-1)).toBe('second');
});

test('an access that has not worked in this call yet is left after ten seconds without an answer', () => {
  const call = new Worker().call().connect();
  expect(call.deadlines).toEqual([10_000]);
  call.worker.nowMs += 9_999;
  call.close(closed(1006, 'Unexpected server response: 503', { httpStatus: 503 })).connect();
  call.worker.nowMs += 1;
  expect(call.close(LOST).connect().used).toEqual(['first', 'first', 'second']);
});

test('where no access lets anybody connect, each is tried in turn, and the log has one line for each', () => {
  const call = new Worker(LIST.slice(0, 2)).call();
  for (let attempt = 0; attempt < 5; attempt += 1) {
    call.connect().close(NOBODY);
    call.worker.nowMs += 1_000;
  }
  expect(call.used).toEqual(['first', 'second', 'first', 'second', 'first']);
  expect(call.seen.filter((word) => word === 'now')).toHaveLength(1);
  expect(call.logged).toEqual([1, 2]);
  // One that lets the call in has its patience from then on.
  call.connect().ready().close(NOBODY).connect();
  expect(call.used.slice(-2)).toEqual(['second', 'second']);
});

test('one access alone is never moved from, nor is its attempt cut short', () => {
  const call = new Worker(LIST.slice(0, 1)).call().connect().close(NOBODY).connect().close(LEAKED);
  expect(call.seen).toEqual(['closed', 'closed']);
  expect(call.deadlines).toEqual([undefined, undefined]);
});

const NO_MODEL =
  'Publisher Model `projects/p/locations/l/publishers/google/models/m` was not found or your project does not have access to it.';

test.each([
  ['a model that Vertex AI lacks there', closed(1008, NO_MODEL)],
  ['an address or a version that is not there', closed(1006, '', { httpStatus: 404 })],
])('%s moves this call alone, and ends it where no access serves it', (_name, info) => {
  const worker = new Worker();
  const call = worker.call().connect().close(info).connect();
  expect(call.used).toEqual(['first', 'second']);
  expect(worker.shared).toEqual([]);
  expect(worker.call().connect().used).toEqual(['first']);
  expect(call.close(info).connect().close(info).seen.at(-1)).toBe('closed');
});

const trace = 'Request trace id: 01, [ORIGINAL ERROR] generic::resource_exhausted: Resource exhausted.';

test.each([
  ['a leaked key', LEAKED, 'refused'],
  ['an invalid key', closed(1007, 'API key not valid. Please pass a valid API key.'), 'refused'],
  ['an expired key', closed(1007, 'API key expired. Please renew the API key.'), 'refused'],
  [
    'a blocked service',
    closed(1008, 'Requests to this API generativelanguage.googleapis.com are blocked.'),
    'refused',
  ],
  [
    'a project without access',
    closed(1008, 'Your project has been denied access. Please contact support.'),
    'refused',
  ],
  ['a suspended project', closed(1008, "Consumer 'projects/1' has been suspended."), 'refused'],
  [
    'an API that is off',
    closed(1008, 'Generative Language API has not been used in project 1 before or it is disabled.'),
    'refused',
  ],
  [
    'an address that may not use the key',
    closed(1008, 'The provided API key has an IP address restriction.'),
    'refused',
  ],
  ['another location', closed(1007, 'Gemini API is not available in your country.'), 'refused'],
  ['a used up prepayment', closed(1011, 'Your prepayment credits are depleted.'), 'quota'],
  ['a model that a project of Vertex AI lacks', closed(1008, NO_MODEL), undefined],
  ['an upgrade answered with 404', closed(1006, '', { httpStatus: 404 }), undefined],
  ['a location', closed(1007, 'User location is not supported for the API use.'), 'refused'],
  ['a permission', closed(1008, 'The caller does not have permission'), 'refused'],
  ['no key', closed(1008, 'Method doesn’t allow unregistered callers'), 'refused'],
  ['a quota', QUOTA, 'quota'],
  ['a quota behind a trace id', closed(1011, trace), 'quota'],
  ['an upgrade answered with 400', closed(1006, '', { httpStatus: 400 }), 'refused'],
  ['an upgrade answered with 403', closed(1006, '', { httpStatus: 403 }), 'refused'],
  ['an upgrade answered with 429', closed(1006, '', { httpStatus: 429 }), 'quota'],
  ['an upgrade answered with 503', closed(1006, '', { httpStatus: 503 }), undefined],
  ['credentials that this machine lacks', closed(1006, 'no credentials', { own: true }), 'refused'],
  ['a bad argument', closed(1007, 'Request contains an invalid argument.'), undefined],
  ['an unknown model', closed(1008, 'models/none is not found for API version v1beta'), undefined],
  ['a lost handle', closed(1008, 'session not found'), undefined],
  [
    'a passing refusal of a working session',
    closed(1008, 'Operation is not implemented, or supported, or enabled.'),
    undefined,
  ],
  ['a close of our own', closed(1000, '', { expected: true }), undefined],
])('%s says of the access: %s', (_name, info, expected) => {
  expect(failureOf(info, false)).toBe(expected);
});

test('after half a minute a lost connection says that the access cannot be reached; a lost handle does not', () => {
  expect(failureOf(LOST, true)).toBe('unreachable');
  expect(failureOf(closed(1008, 'session not found'), true)).toBeUndefined();
});

test('a call that may come to Vertex AI is known as such, wherever it begins', () => {
  expect(new Accesses(LIST).hasVertex).toBe(false);
  expect(new Accesses([...LIST, { vertex: { project: 'p', location: 'l' } }]).hasVertex).toBe(true);
});
