// Handles uncaught errors of a job process: logs them and ends its call in order.
import type { Logger } from '../../../src/index.js';

/** A process in an unknown state gets this long to leave its room, so that no dead agent stays in it. */
const GOODBYE_WITHIN_MS = 10_000;

/** @param end ends the call in order; called once */
export function endOnCrash(end: (error: unknown) => void, log: Logger): void {
  let crashed = false;
  const onCrash = (error: unknown): void => {
    log.error({ code: 'uncaught', err: error }, 'an error that nothing caught ends the call');
    if (crashed) return;
    crashed = true;
    setTimeout(() => process.exit(1), GOODBYE_WITHIN_MS).unref();
    end(error);
  };
  // AgentServer logs rejections at debug level, and an exception ends the process, whose participant stays listed for 20 s.
  process.on('unhandledRejection', onCrash);
  process.on('uncaughtException', onCrash);
}
