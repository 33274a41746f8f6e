// One room in a process of its own: what AgentServer runs for each job.
import { defineAgent, type JobContext, log } from '@livekit/agents';
import { config as loadDotenv } from 'dotenv';
import { runCall } from '../src/call.js';
import { readBaseProfile } from '../src/config/base-profile.js';
import { readEnvironment } from '../src/config/environment.js';
import { hasLiveHolder } from '../src/room/live-holder.js';
import type { Logger } from '../src/util/log.js';
import { toolDeployment } from './deployment.js';
import { endOnCrash } from './worker/crash-guard.js';
import { ProcessJob } from './worker/process-job.js';

loadDotenv({ quiet: true });
const environment = readEnvironment();
const baseProfile = readBaseProfile(environment.profilePath);
const tools = await toolDeployment(environment);

const jobs = new WeakMap<JobContext, ProcessJob>();

export default defineAgent({
  entry: async (ctx: JobContext) => {
    const logger = log() as unknown as Logger;
    await hideRoom(ctx);
    const job = new ProcessJob(ctx);
    jobs.set(ctx, job);
    endOnCrash((error) => job.abort(error), logger);
    // Not awaited: the framework waits for the entry to return before it asks for the end of a call.
    void run(job, ctx, logger);
  },
  // Comes when the worker wants the process to end, and after every end: until this resolves it is not killed.
  onSessionEnd: (ctx: JobContext) => jobs.get(ctx)?.stop(),
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
  const { apiKey, apiSecret, acceptArguments } = ctx.info;
  if (!apiKey || !apiSecret) return false;
  const { url, room } = job;
  try {
    return await hasLiveHolder({ url, apiKey, apiSecret, room, identity: acceptArguments.identity });
  } catch (error) {
    logger.warn({ err: error, room }, 'could not ask who serves the room: joining it all the same');
    return false;
  }
}

/** The bridge joins with a Room of its own; the framework's stays unused, and would be missed after ten seconds. */
async function hideRoom(ctx: JobContext): Promise<void> {
  ctx.room.connect = async () => {};
  await ctx.connect();
}
