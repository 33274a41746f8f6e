// One call in a process of its own, so that its memory is its own: `startCallProcess` forks this and talks to it.
/**
 * @typedef {{ type: 'memory' }} MemoryRequest
 * @typedef {{ type: 'call', room: string, url: string, token: string, baseUrl: string }} CallRequest
 */

/** What is built is run, as a worker runs it. @type {typeof import('../../src/call.js')} */
const { runCall } = await import(new URL('../../dist/src/call.js', import.meta.url).href);

const quiet = () => {};
/** @type {import('../../src/util/log.js').Logger} */
const log = {
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: (fields, message) => console.error(message, fields),
  child: () => log,
};

process.on('message', (/** @type {MemoryRequest | CallRequest} */ message) => {
  if (message.type === 'memory') {
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    process.send?.({ heapUsed, rss });
    return;
  }
  const { room, url, token, baseUrl } = message;
  const stop = new AbortController();
  process.once('disconnect', () => stop.abort(new Error('the test is over')));
  const end = (/** @type {string} */ reason) => process.exit(reason.startsWith('closed') ? 0 : 1);
  void runCall(
    { room, url, token, metadata: '', signal: stop.signal, end },
    { access: { apiKey: 'test-key', baseUrl }, log },
  );
});
