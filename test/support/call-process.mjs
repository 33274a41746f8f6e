// One call in a process of its own, so that its memory is its own: `startCallProcess` forks this and talks to it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * @typedef {{ type: 'memory' } | { type: 'voiced' } | { type: 'strain' }} Request
 * @typedef {{ type: 'call', room: string, url: string, token: string, baseUrl: string, metadata: string }} CallRequest
 */

const isMeasured = process.argv.includes('measured');

/** What is built is run, as a worker runs it. @type {typeof import('../../src/call/call.js')} */
const { runCall } = await import(new URL('../../dist/src/call/call.js', import.meta.url).href);

/** @type {typeof import('../../src/index.js')} */
const { dedicateProcess } = await import(new URL('../../dist/src/index.js', import.meta.url).href);

/** @type {typeof import('../../src/session/talk-session.js')} */
const { TalkSession } = await import(new URL('../../dist/src/session/talk-session.js', import.meta.url).href);
/** @type {typeof import('../../src/audio/pcm.js')} */
const { isVoiced } = await import(new URL('../../dist/src/audio/pcm.js', import.meta.url).href);

/** @type {typeof import('../../src/turns/ledger.js')} */
const { Ledger } = await import(new URL('../../dist/src/turns/ledger.js', import.meta.url).href);

/** What the room's microphone said, frame by frame, since it was asked for last. @type {string[]} */
let voiced = [];
const { sendAudio } = TalkSession.prototype;
TalkSession.prototype.sendAudio = function (chunk) {
  if (isVoiced(chunk)) voiced.push(createHash('sha1').update(chunk.samples).digest('base64'));
  sendAudio.call(this, chunk);
};

/** @type {typeof import('../../src/room/livekit-voice.js')} */
const { LiveKitVoice } = await import(new URL('../../dist/src/room/livekit-voice.js', import.meta.url).href);

/** How long this thread has waited for a core altogether: what others take of the machine. Linux knows it. */
function waitedMs() {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'latin1').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

/** How long the voice's queue was empty at a time while the process had a core, since this was asked for last. */
let dryMs = 0;
/** When all that was captured will have been played. */
let playedByMs = Number.POSITIVE_INFINITY;
/** Up to the last capture. */
let waitedBeforeMs = 0;
const dryNowMs = () => performance.now() - playedByMs - (waitedMs() - waitedBeforeMs);
const { capture } = LiveKitVoice.prototype;
LiveKitVoice.prototype.capture = function (samples) {
  dryMs = Math.max(dryMs, dryNowMs());
  waitedBeforeMs = waitedMs();
  const captured = capture.call(this, samples);
  playedByMs = performance.now() + this.queuedMs;
  return captured;
};
/** The most memory that the process had, since this was asked for last. */
let peakRss = 0;
setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 50).unref();
let usage = process.cpuUsage();
let usageSinceMs = performance.now();

/** Of the process since this was asked for last. */
function strain() {
  const { user, system } = process.cpuUsage(usage);
  const nowMs = performance.now();
  const cpu = (user + system) / 1_000 / (nowMs - usageSinceMs);
  const dry = Math.max(dryMs, dryNowMs());
  const peak = Math.max(peakRss, process.memoryUsage.rss());
  [dryMs, peakRss, usage, usageSinceMs] = [0, 0, process.cpuUsage(), nowMs];
  return { dryMs: Math.round(Math.max(0, dry)), cpu, peakRss: peak };
}

/** Turns that fill the ledger, at the length of those that the soak speaks. */
const TURNS_BEFORE = 2_000;
const { user } = Ledger.prototype;
/** As after hours of talk: what is kept of it has reached its bound. Where latencies are measured that takes too long. */
if (!isMeasured)
  Ledger.prototype.user = function (text) {
    Ledger.prototype.user = user;
    for (let turn = 0; turn < TURNS_BEFORE; turn += 1) {
      user.call(this, copyOf(text));
      this.agent(copyOf('Yes.'), false);
    }
    user.call(this, text);
  };

/** With memory of its own, as each text from the service has. @param {string} text */
function copyOf(text) {
  return Buffer.from(text).toString();
}

const quiet = () => {};
/** @type {import('../../src/util/log.js').Logger} */
const log = {
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: (fields, message) => console.error(message, fields),
  child: () => log,
};

// As a worker's process does.
await dedicateProcess(log);

process.on('message', (/** @type {Request | CallRequest} */ message) => {
  if (message.type === 'voiced') {
    process.send?.(voiced);
    voiced = [];
    return;
  }
  if (message.type === 'strain') {
    process.send?.(strain());
    return;
  }
  if (message.type === 'memory') {
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    process.send?.({ heapUsed, rss });
    return;
  }
  const { room, url, token, baseUrl, metadata } = message;
  const stop = new AbortController();
  process.once('disconnect', () => stop.abort(new Error('the test is over')));
  const end = (/** @type {string} */ reason) => process.exit(reason.startsWith('closed') ? 0 : 1);
  void runCall(
    { room, url, token, metadata, signal: stop.signal, end },
    { access: { apiKey: 'test-key', baseUrl }, log },
  );
});
