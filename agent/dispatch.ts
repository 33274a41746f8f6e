// Which jobs the worker takes, and under which name it joins.
import type { JobRequest } from '@livekit/agents';
import { type Logger, within } from '../src/index.js';
import type { Slots } from './worker/slots.js';

/** The same on every worker, so that a new holder takes the place of a dead one at once. */
export function agentIdentity(agentName: string): string {
  return agentName === '' ? 'agent' : `agent-${agentName}`;
}

export interface AcceptOptions {
  readonly agentName: string;
  readonly slots: Slots;
  /** Makes a room free of an agent of this identity that is dead; false where a live one serves it. */
  readonly clear: (room: string, identity: string) => Promise<boolean>;
  readonly log: () => Logger;
}

/** A request that is not answered for 3 s is lost. The job looks once more before it joins. */
const CLEAR_WITHIN_MS = 2_300;

export function acceptInto(options: AcceptOptions): (request: JobRequest) => Promise<void> {
  const { agentName, slots, clear, log } = options;
  const identity = agentIdentity(agentName);
  return async (request) => {
    const room = request.room?.name ?? '';
    if (!slots.reserve(request.id)) {
      await request.reject();
      return;
    }
    const cleared = within(clear(room, identity), CLEAR_WITHIN_MS).catch((error: unknown) => {
      log().warn({ err: error, room }, 'could not ask who serves the room');
    });
    if ((await cleared) === false) {
      log().info({ room }, 'another agent of this name serves the room already');
      slots.release(request.id);
      await request.reject();
      return;
    }
    await request.accept(agentName || 'agent', identity);
  };
}
