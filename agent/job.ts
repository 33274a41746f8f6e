// One room in a process of its own: what AgentServer runs for each job.
import { defineAgent, type JobContext, log } from '@livekit/agents';
import { config as loadDotenv } from 'dotenv';
import { type Logger, preloadCalls, readBaseProfile, readEnvironment, runCall } from '../src/index.js';
import { toolDeployment } from './deployment.js';
import { endOnCrash } from './worker/crash-guard.js';
import { onWorkerEnd } from './worker/job-processes.js';
import { type HolderQuery, holderOf, isDispatched } from './worker/live-holder.js';
import { ProcessJob } from './worker/process-job.js';

loadDotenv({ quiet: true });
const environment = readEnvironment();
const baseProfile = readBaseProfile(environment.profilePath);
const tools = await toolDeployment(environment);
// While the process waits for its job, not when somebody waits for the agent.
await preloadCalls();

const jobs = new WeakMap<JobContext, ProcessJob>();

export default defineAgent({
  entry: async (ctx: JobContext) => {
    const logger = log() as unknown as Logger;
    await hideRoom(ctx);
    const job = new ProcessJob(ctx);
    jobs.set(ctx, job);
    endOnCrash((error) => job.abort(error), logger);
    onWorkerEnd(() => job.abort(new Error('the worker ends')));
    // Not awaited: the framework waits for the entry to return before it asks for the end of a call.
    void run(job, ctx, logger);
  },
  // The framework wants the process to end, by itself or because the server does; it waits until this resolves.
  onSessionEnd: async (ctx: JobContext) => {
    const job = jobs.get(ctx);
    if (!job) return;
    if (!(await isMeantForAnother(job, ctx))) job.abort(new Error('the worker ends the call'));
    await job.over;
  },
});

/** Never rejects. */
async function run(job: ProcessJob, ctx: JobContext, logger: Logger): Promise<void> {
  if (await isHeld(job, ctx, logger)) {
    logger.info({ room: job.room }, 'another agent of this name serves the room already');
    job.end('the room is served already');
    return;
  }
  await runCall(job, {
    access: environment.google,
    ...(baseProfile === undefined ? {} : { baseProfile }),
    tools,
    log: logger,
  });
}

/** Joining would take the place of an agent that is in the middle of a conversation. */
async function isHeld(job: ProcessJob, ctx: JobContext, logger: Logger): Promise<boolean> {
  try {
    return (await holderOf(queryOf(ctx))) === 'live';
  } catch (error) {
    logger.warn({ err: error, room: job.room }, 'could not ask who serves the room: joining it all the same');
    return false;
  }
}

/**
 * When two jobs of one identity meet in a room, the server puts the first out and ends the second: it looks
 * up the job of the participant that leaves by the identity. An end that is really meant has its dispatch
 * taken back, its room closed, or its worker ended, and all of these are told in another way too.
 */
async function isMeantForAnother(job: ProcessJob, ctx: JobContext): Promise<boolean> {
  if (job.signal.aborted || job.isOver) return false;
  return isDispatched(queryOf(ctx), ctx.job.dispatchId).catch(() => false);
}

function queryOf({ info, job }: JobContext): HolderQuery {
  const { url, apiKey = '', apiSecret = '', acceptArguments } = info;
  return { url, apiKey, apiSecret, room: job.room?.name ?? '', identity: acceptArguments.identity };
}

/** The bridge joins with a Room of its own; the framework's stays unused, and would be missed after ten seconds. */
async function hideRoom(ctx: JobContext): Promise<void> {
  ctx.room.connect = async () => {};
  await ctx.connect();
}
