// An error that nothing caught in a job process: logged, and the end of its one call, with a goodbye to the room.
import type { Logger } from '../../../src/index.js';

/** A process in an unknown state gets this long to leave its room, so that no dead agent stays in it. */
const GOODBYE_WITHIN_MS = 10_000;

/** @param end asks the call to say goodbye; called once */
export function endOnCrash(end: (error: unknown) => void, log: Logger): void {
  let crashed = false;
  const onCrash = (error: unknown): void => {
    log.error({ err: error }, 'an error that nothing caught ends the call');
    if (crashed) return;
    crashed = true;
    setTimeout(() => process.exit(1), GOODBYE_WITHIN_MS).unref();
    end(error);
  };
  // AgentServer logs rejections at debug level and lets exceptions end the process, which leaves a ghost for 20 s.
  process.on('unhandledRejection', onCrash);
  process.on('uncaughtException', onCrash);
}
