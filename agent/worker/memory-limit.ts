// How much memory a process that runs calls may use, whichever way it is run.

const MEGABYTE = 1024 * 1024;
/** Above it, this is logged; calls of a shared process move to another at quiet moments. */
export const MEMORY_WARN_BYTES = 700 * MEGABYTE;
/** Above it, the process is ended: a call that goes on growing would take the memory of all others. */
export const MEMORY_LIMIT_BYTES = 1_050 * MEGABYTE;
/** How long rooms have to receive the event that says so. */
export const REPORTED_WITHIN_MS = 500;
const WATCH_EVERY_MS = 250;

export function inMegabytes(bytes: number): number {
  return Math.round(bytes / MEGABYTE);
}

export function tooLarge(rssBytes: number): string {
  const [used, limit] = [rssBytes, MEMORY_LIMIT_BYTES].map(inMegabytes);
  return `the process of this call uses ${used} MB, more than ${limit} MB, and is ended`;
}

/** Calls back once, when this process has grown beyond the limit. */
export function watchOwnMemory(onTooLarge: (rssBytes: number) => void): void {
  const timer = setInterval(() => {
    const rssBytes = process.memoryUsage.rss();
    if (rssBytes <= MEMORY_LIMIT_BYTES) return;
    clearInterval(timer);
    onTooLarge(rssBytes);
  }, WATCH_EVERY_MS);
  timer.unref();
}
