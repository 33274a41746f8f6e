// A room host: a process that runs many calls at once for the worker that has started it.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { config as loadDotenv } from 'dotenv';
import {
  AgentError,
  type CarriedInputs,
  type Environment,
  type Job,
  type RunningCall,
  readEnvironment,
} from '../../src/index.js';
import type { KnownDeployment } from '../deployment-files.js';
import { callDefaults, serveRoom } from '../job.js';
import { createLog } from '../observe/log.js';
import { loadCalls, ownProcess } from '../own-process.js';
import { watchEnd } from './end-watch.js';
import { EventLoopLag } from './event-loop-lag.js';
import { HeldUp, HUNG_AFTER_MS } from './held-up.js';
import { BEAT_EVERY_MS, type FromHost, type HostJob, type ToHost } from './host-messages.js';

/** How long calls may take to say goodbye when the worker is gone. */
const GOODBYE_WITHIN_MS = 5_000;
const QUIET_EVERY_MS = 50;

loadDotenv({ quiet: true });
ownProcess();
interface HostedCall {
  readonly stop: AbortController;
  readonly over: Promise<void>;
  running: RunningCall | undefined;
  /** What the host before has heard since this one was started. */
  readonly heardBefore: CarriedInputs[];
}

const calls = new Map<string, HostedCall>();
const heldUp = new HeldUp(HUNG_AFTER_MS);

// Listened to before anything is loaded: the threads of rtc-node's library would keep a process whose worker was killed meanwhile.
process.once('disconnect', onWorkerGone);
if (!process.connected) process.exit(0);

const [environment, { known, ...defaults }] = await prepare();
const log = createLog(environment);
defaults.access.onChange = (access, rest) => send({ type: 'access', access, rest });

/** What is wrong with the environment is reported by the worker, once. */
async function prepare(): Promise<readonly [Environment, Awaited<ReturnType<typeof callDefaults>>]> {
  try {
    const read = readEnvironment();
    const loading = loadCalls(read);
    const [loaded] = await Promise.all([callDefaults(read, await begun()), loading]);
    return [read, loaded];
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const { code, message } = error;
    await new Promise((sent) => process.send?.({ type: 'not-started', code, message }, sent));
    process.exit(1);
  }
}

async function begun(): Promise<KnownDeployment | undefined> {
  const [message] = (await once(process, 'message')) as [ToHost];
  return message.type === 'begin' ? message.known : undefined;
}

function onWorkerGone(): void {
  // Where calls are kept elsewhere they are taken up from there; otherwise they say goodbye.
  if (calls.size === 0 || environment.redisUrl !== undefined) process.exit(0);
  for (const { stop } of calls.values()) stop.abort(new Error('the worker is gone'));
  setTimeout(() => process.exit(0), GOODBYE_WITHIN_MS).unref();
  void Promise.all([...calls.values()].map(({ over }) => over)).then(() => process.exit(0));
}

/**
 * A whole machine may have been held up, its watchdog included: by now other workers may have taken the calls up. Asked
 * before anything of them is reported, which comes before each tool: theirs is the only one that may run it.
 */
function endIfHeldUp(): void {
  if (environment.redisUrl === undefined || !heldUp.isNow) return;
  log.error({ code: 'held_up', calls: calls.size }, 'this room host was held up for too long and ends');
  process.exit(1);
}

function send(message: FromHost): void {
  endIfHeldUp();
  // The worker may be gone; what it does not read any more is not needed.
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}

function start(hosted: HostJob): void {
  const { id, room, url, token, metadata, dispatchId, carried, refused } = hosted;
  const stop = new AbortController();
  const job: Job = {
    room,
    url,
    token,
    metadata,
    signal: stop.signal,
    end: (reason, failed = false) => {
      if (calls.delete(id)) send({ type: 'ended', id, reason, failed });
    },
  };
  const { apiKey, apiSecret } = environment.livekit;
  const over = serveRoom({
    job,
    dispatchId,
    query: { url, apiKey, apiSecret, room, agentName: environment.agentName },
    call: {
      ...defaults,
      carried,
      refused,
      onFact: (fact) => send({ type: 'change', id, change: { fact } }),
      onState: (state) => send({ type: 'change', id, change: { state } }),
      heardBefore: () => call.heardBefore.splice(0),
      onInputs: (inputs) => send({ type: 'change', id, change: { inputs } }),
      onRunning: (running) => {
        call.running = running;
      },
    },
    log: log.child({ job: id }),
  });
  const call: HostedCall = { stop, over, running: undefined, heardBefore: [] };
  watchEnd(stop.signal, over, () => {
    log.error(
      { code: 'call_stuck', job: id },
      'a call does not end: it is given up, and this room host is replaced',
    );
    job.end('the call did not end in time', true);
    send({ type: 'unhealthy', reason: 'a call that does not end' });
  });
  calls.set(id, call);
}

async function awaitQuiet(id: string, withinMs: number): Promise<void> {
  const endsMs = performance.now() + withinMs;
  while (calls.has(id) && performance.now() < endsMs) {
    if (calls.get(id)?.running?.isQuiet) break;
    await sleep(QUIET_EVERY_MS);
  }
  if (calls.has(id)) send({ type: 'quiet', id });
}

process.on('message', (message: ToHost) => {
  switch (message.type) {
    case 'begin':
      return;
    case 'start':
      return start(message.job);
    case 'stop':
      return calls.get(message.id)?.stop.abort(new Error(message.reason));
    case 'heard-before':
      return void calls.get(message.id)?.heardBefore.push(message.inputs);
    case 'await-quiet':
      return void awaitQuiet(message.id, message.withinMs);
    case 'too-large':
      for (const { running } of calls.values()) running?.reportError('memory', message.message, false);
      return;
    case 'limit':
      return calls.get(message.id)?.running?.limit(message.notice.limit, message.notice.left);
    case 'access':
      return defaults.access.rest(message.access, message.rest);
    case 'exit':
      return process.exit(0);
  }
});

// The worker decides when calls end; a Ctrl-C in the terminal reaches every process of it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

process.on('uncaughtException', (error) => {
  log.error(
    { code: 'uncaught', err: error },
    'an error that nothing caught ends this room host; its calls are taken up by another',
  );
  process.exit(1);
});
process.on('unhandledRejection', (error) => {
  log.error({ code: 'uncaught', err: error }, 'a rejection that nothing handled: this room host is replaced');
  send({ type: 'unhealthy', reason: 'a rejection that nothing handled' });
});

let { user, system } = process.cpuUsage();
const lag = new EventLoopLag();
setInterval(() => {
  const used = process.cpuUsage();
  const cpuMs = (used.user + used.system - user - system) / 1_000;
  ({ user, system } = used);
  endIfHeldUp();
  heldUp.turned();
  send({ type: 'beat', rssBytes: process.memoryUsage.rss(), cpuMs, lagMs: lag.take() });
}, BEAT_EVERY_MS).unref();

heldUp.turned();
send({ type: 'ready', known });
