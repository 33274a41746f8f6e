// Loaded into a worker's processes by a test (NODE_OPTIONS=--import): errors of the kind that nobody catches, by signal.
process.on('SIGUSR2', () => {
  void Promise.reject(new Error('a planted rejection'));
});
process.on('SIGPWR', () => {
  throw new Error('a planted exception');
});
/** @type {Buffer[]} */
const grown = [];
// As a leak: more than a process of calls may have.
process.on('SIGXFSZ', () => {
  grown.push(Buffer.alloc(1_300_000_000, 1));
});
// As native code that never returns: nothing of the process runs any more.
process.on('SIGXCPU', () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
// As a request that is never answered, whatever its deadline: of the first of two rooms of one test.
const fetchAsEver = globalThis.fetch;
globalThis.fetch = (input, init) =>
  /never-ends-\d+-0"/.test(String(init?.body)) ? new Promise(() => {}) : fetchAsEver(input, init);
