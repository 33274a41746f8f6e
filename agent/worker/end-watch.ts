// A call that was asked for its end, or has reported it, and whose process goes on all the same: native code may hang.

/** Longer than a goodbye and every deadline of leaving a room take together. */
export const END_WITHIN_MS = 20_000;

/**
 * Calls back once when a call has not ended so long after its signal was aborted.
 *
 * @param over resolves when the call has ended
 */
export function watchEnd(
  signal: AbortSignal,
  over: Promise<unknown>,
  onLate: () => void,
  withinMs = END_WITHIN_MS,
): void {
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(onLate, withinMs);
    // It must not keep a process that has nothing else to do.
    timer.unref();
  };
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', begin);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  over.then(end, end);
}
