// One room in a process of its own: what AgentServer runs for each job.

import { defineAgent, type JobContext, log } from '@livekit/agents';
import { config as loadDotenv } from 'dotenv';
import {
  type CallOptions,
  type HolderQuery,
  hasSharedLimits,
  isDispatched,
  type Logger,
  type RunningCall,
  readEnvironment,
} from '../../../src/index.js';
import { callDefaults, serveRoom } from '../../job.js';
import { writeLines } from '../../observe/log.js';
import { loadCalls, ownProcess } from '../../own-process.js';
import { END_WITHIN_MS, watchEnd } from '../end-watch.js';
import { REPORTED_WITHIN_MS, tooLarge, watchOwnMemory } from '../memory-limit.js';
import { endOnCrash } from './crash-guard.js';
import { onLimit, onWorkerEnd, refusedByWorker, reportToWorker, shareAccesses } from './job-processes.js';
import { ProcessJob } from './process-job.js';

loadDotenv({ quiet: true });
ownProcess();
const environment = readEnvironment();
const [{ known: _, ...defaults }] = await Promise.all([callDefaults(environment), loadCalls(environment)]);

const jobs = new WeakMap<JobContext, ProcessJob>();
let hasJob = false;

// The threads of rtc-node's library would keep a process without a call alive after its worker was killed.
const exitUnlessInCall = (): void => {
  if (!hasJob) process.exit();
};
if (process.connected) process.once('disconnect', exitUnlessInCall);
else exitUnlessInCall();

export default defineAgent({
  entry: async (ctx: JobContext) => {
    hasJob = true;
    shareAccesses(defaults.access);
    const logger = log() as unknown as Logger;
    writeLines(logger, environment.logFormat);
    await hideRoom(ctx, logger);
    const about = { id: ctx.job.id, room: ctx.job.room?.name ?? '', sid: ctx.job.room?.sid ?? '' };
    const job = new ProcessJob(ctx, (reason, failed) => reportToWorker(about, { reason, failed }));
    jobs.set(ctx, job);
    endOnCrash((error) => job.abort(error), logger);
    onWorkerEnd(() => job.abort(new Error('the worker ends')));
    exitWhenStuck(job, logger);
    // Not awaited: the framework waits for the entry to return before it asks for the end of a call.
    const { dispatchId } = ctx.job;
    const call: Omit<CallOptions, 'log'> = {
      ...defaults,
      onFact: (fact) => reportToWorker(about, { fact }),
      onRunning: (running) => {
        exitWhenTooLarge(running, logger);
        onLimit(({ limit, left }) => running.limit(limit, left));
      },
    };
    const query = queryOf(ctx);
    const refusing = hasSharedLimits(environment.limits) ? refusedByWorker(about) : undefined;
    void Promise.resolve(refusing).then((refused) =>
      serveRoom({ job, dispatchId, query, call: { ...call, refused }, log: logger }),
    );
  },
  // The framework ends the process, on its own or because of the server; it waits until this resolves.
  onSessionEnd: async (ctx: JobContext) => {
    const job = jobs.get(ctx);
    if (!job) return;
    if (await isMeantForAnother(job, ctx)) void stopWhenTakenBack(job, ctx);
    else job.abort(new Error('the worker ends the call'));
    await job.over;
  },
});

/** Native code that never answers must not keep the process, nor the worker that waits for it. */
function exitWhenStuck(job: ProcessJob, logger: Logger): void {
  const exit = (): void => {
    logger.error({ code: 'call_stuck' }, 'the call does not end: its process is ended');
    process.exit(1);
  };
  watchEnd(job.signal, job.over, exit);
  // Once the call is over, the framework unloads rtc-node's library and ends the process.
  void job.over.then(() => setTimeout(exit, END_WITHIN_MS).unref());
}

function exitWhenTooLarge(running: RunningCall, logger: Logger): void {
  watchOwnMemory((rssBytes) => {
    logger.error({ code: 'memory', rssBytes }, 'the process of a call has grown too large and is ended');
    running.reportError('memory', tooLarge(rssBytes), true);
    setTimeout(() => process.exit(1), REPORTED_WITHIN_MS);
  });
}

/**
 * When two jobs of one identity join a room, the server disconnects the first and ends the second, because it finds
 * the job of the leaving participant by its identity. In an intended end the dispatch was deleted, the room closed,
 * or the worker ended, which is reported in another way as well.
 */
async function isMeantForAnother(job: ProcessJob, ctx: JobContext): Promise<boolean> {
  if (job.signal.aborted || job.isOver) return false;
  return isDispatched(queryOf(ctx), ctx.job.dispatchId).catch(() => false);
}

const TAKEN_BACK_EVERY_MS = 2_000;

/** The server has ended this job by mistake, and does not end it again when its dispatch is deleted. */
function stopWhenTakenBack(job: ProcessJob, ctx: JobContext): Promise<void> {
  const timer = setInterval(async () => {
    const isThere = await isDispatched(queryOf(ctx), ctx.job.dispatchId).catch(() => true);
    if (!isThere) job.abort(new Error('the dispatch was taken back'));
  }, TAKEN_BACK_EVERY_MS);
  return job.over.finally(() => clearInterval(timer));
}

function queryOf({ info, job }: JobContext): HolderQuery {
  const { url, apiKey = '', apiSecret = '' } = info;
  return { url, apiKey, apiSecret, room: job.room?.name ?? '', agentName: environment.agentName };
}

/** The bridge joins with its own Room; the framework's stays unused, and the framework would warn after ten seconds. */
async function hideRoom(ctx: JobContext, logger: Logger): Promise<void> {
  if (typeof ctx.room.connect !== 'function') {
    logger.warn({}, "the framework's own Room is not as it was: it will log that nobody has connected it");
    return;
  }
  ctx.room.connect = async () => {};
  await ctx.connect();
}
