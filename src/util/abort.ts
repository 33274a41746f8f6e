// Promises and delays that an AbortSignal or a deadline can end.

/** Rejects with the signal's reason as soon as it is aborted; settles like the promise otherwise. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Resolves after `ms`, or at once when the signal is aborted. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/**
 * Settles like the promise, unless it takes longer than `deadlineMs` or the signal is aborted first.
 *
 * @param what names the operation in the error, as in `joining the room`
 * @throws an error that names the operation and the deadline, or the signal's reason
 */
export async function withDeadline<T>(
  promise: Promise<T>,
  what: string,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<T> {
  return forAtMost(deadlineMs, signal, (inTime) => abortable(promise, inTime), what);
}

/**
 * Calls `run` with a signal that is aborted when `ms` have passed, or when `signal` is.
 *
 * Not AbortSignal.any() with AbortSignal.timeout(): Node 20 may collect the timeout as garbage, and the wait never ends
 * (https://github.com/nodejs/node/issues/57736).
 */
export async function forAtMost<T>(
  ms: number,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
  what = 'it',
): Promise<T> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => stop.abort(new Error(`${what} took longer than ${ms} ms`)), ms);
  try {
    return await run(stop.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Settles like the promise, or resolves with `undefined` when `ms` have passed. */
export function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
