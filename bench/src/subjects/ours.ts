// Subject: the agent, run as a worker's job process runs it.
import { pino } from 'pino';
import { dedicateProcess, type Job, runCall } from '../../../src/index.js';
import { serve } from './serve.js';

serve(async ({ url, token, room, baseUrl, model, instructions }) => {
  const stop = new AbortController();
  const job: Job = {
    room,
    url,
    token,
    metadata: JSON.stringify({ model, instructions }),
    signal: stop.signal,
    end: (reason, failed) => {
      if (failed) throw new Error(`the call has failed: ${reason}`);
    },
  };
  const log = pino({ level: 'info' });
  await dedicateProcess(log);
  const call = runCall(job, { access: { baseUrl }, log });
  return async () => {
    stop.abort(new Error('the measurement is over'));
    await call;
  };
});
