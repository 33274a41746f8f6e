// Every way to end `npm start`: Ctrl-C, kill, a closed terminal, a closed pipe, an npm process that has ended.

/** npm passes a Ctrl-C on to us that the terminal sent us already: within this time it is the same one. */
const SAME_PRESS_MS = 500;
const PARENT_CHECK_MS = 1_000;

/**
 * @param {{ onStop: () => void, onKill: () => void }} handlers onStop is called once, onKill at the second Ctrl-C
 * @returns {() => void} stops listening
 */
export function onStopSignals({ onStop, onKill }) {
  /** @type {number | undefined} */
  let stoppedAt;
  const stop = () => {
    const now = performance.now();
    if (stoppedAt === undefined) {
      stoppedAt = now;
      onStop();
    } else if (now - stoppedAt > SAME_PRESS_MS) {
      onKill();
    }
  };
  const stopOnce = () => {
    if (stoppedAt === undefined) stop();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stopOnce);
  // A write fails where the reader of our output is gone.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', stopOnce);
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event && process.ppid !== parent) stopOnce();
  }, PARENT_CHECK_MS);
  watch.unref();
  return () => {
    clearInterval(watch);
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stopOnce);
  };
}
