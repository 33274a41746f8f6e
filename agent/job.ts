// One room in a process of its own: what AgentServer runs for each job.
import { defineAgent, type JobContext, log } from '@livekit/agents';
import { config as loadDotenv } from 'dotenv';
import { runCall } from '../src/call.js';
import { readBaseProfile } from '../src/config/base-profile.js';
import { readEnvironment } from '../src/config/environment.js';
import type { Job } from '../src/job.js';
import type { Logger } from '../src/util/log.js';

loadDotenv({ quiet: true });
const environment = readEnvironment();
const baseProfile = readBaseProfile(environment.profilePath);

export default defineAgent({
  entry: async (ctx: JobContext) => {
    const logger = log() as unknown as Logger;
    const { job, stop } = jobOf(ctx);
    // AgentServer hides these at debug level; here they end the job, and only this one.
    process.on('unhandledRejection', (error) => {
      logger.error({ err: error }, 'an unhandled rejection ends the call');
      stop.abort(error);
    });
    await hideRoom(ctx);
    // Not awaited: the framework waits for the entry to return before it runs the callbacks that end a call.
    void runCall(job, {
      access: environment.google,
      ...(baseProfile === undefined ? {} : { baseProfile }),
      log: logger,
    });
  },
});

function jobOf(ctx: JobContext): { readonly job: Job; readonly stop: AbortController } {
  const stop = new AbortController();
  let ended: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    ended = resolve;
  });
  // Runs when the worker wants the process to end, or after end(): wait until the bridge has left the room.
  ctx.addShutdownCallback(async () => {
    stop.abort(new Error('the worker ends the call'));
    await left;
  });
  const job: Job = {
    room: ctx.job.room?.name ?? '',
    url: ctx.info.url,
    token: ctx.info.token,
    metadata: ctx.job.metadata,
    signal: stop.signal,
    end: (reason) => {
      ended();
      ctx.shutdown(reason);
    },
  };
  return { job, stop };
}

/** The bridge joins with a Room of its own; the framework's stays unused, and would be missed after ten seconds. */
async function hideRoom(ctx: JobContext): Promise<void> {
  ctx.room.connect = async () => {};
  await ctx.connect();
}
