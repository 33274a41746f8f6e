// Reports in the room why a call cannot begin: one `error` event, once a person is there to read it.

import type { BridgeEnd } from '../bridge/options.js';
import { RoomMessages } from '../lanes/room-messages.js';
import type { Problem } from '../profile/profile.js';
import { waitForPerson } from '../room/people.js';
import type { RoomPort } from '../room/port.js';
import { forAtMost } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import type { CallRefusal } from './call-limits.js';

const WAIT_FOR_READER_MS = 5_000;

export interface RefusalContext {
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export async function refuseInRoom(
  room: RoomPort,
  problems: readonly Problem[],
  context: RefusalContext,
): Promise<BridgeEnd> {
  const message = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
  context.log.error({ code: 'profile', problems }, 'the profile was refused');
  await reportRefusal(room, { code: 'profile', message }, context);
  return { reason: 'refused', detail: `the profile is wrong: ${message}` };
}

/** The worker or the room has used up what it may use in an hour. */
export async function refuseByLimit(
  room: RoomPort,
  { limit, message }: CallRefusal,
  context: RefusalContext,
): Promise<BridgeEnd> {
  const error = { code: 'limit', message };
  await reportRefusal(room, error, context);
  return { reason: limit, detail: message, error };
}

/** Sends one `error` event as soon as a person is there, or after 5 s. */
export async function reportRefusal(
  room: RoomPort,
  { code, message }: { readonly code: string; readonly message: string },
  { signal, log }: RefusalContext,
): Promise<void> {
  await forAtMost(WAIT_FOR_READER_MS, signal, (inTime) => waitForPerson(room, inTime)).catch(() => {});
  const messages = new RoomMessages({
    room,
    profile: {
      events: { packets: false, to: 'everyone' },
      captions: { user: false, agent: false, packets: false },
      control: 'anyone',
    },
    log,
  });
  messages.event({ type: 'error', code, message, fatal: true });
  await messages.close();
}
