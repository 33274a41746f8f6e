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
  const deadline = new AbortController();
  const onTimeout = (): void => deadline.abort(new Error(`${what} took longer than ${deadlineMs} ms`));
  const timer = setTimeout(onTimeout, deadlineMs);
  try {
    return await abortable(promise, signal ? AbortSignal.any([deadline.signal, signal]) : deadline.signal);
  } finally {
    clearTimeout(timer);
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
