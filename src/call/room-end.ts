// What becomes of a room when the agent ends a call in it: callers on the phone are put down, an empty room is deleted.
import type { BridgeEnd } from '../bridge/options.js';
import type { Profile } from '../profile/profile.js';
import { isPerson } from '../room/people.js';
import type { Participant } from '../room/port.js';
import { delay, within } from '../util/abort.js';
import type { Logger } from '../util/log.js';

/** What only a backend may do to a room, with LiveKit's server API. */
export interface RoomService {
  deleteRoom(): Promise<void>;
  removeParticipant(identity: string): Promise<void>;
}

export interface RoomEnd {
  readonly deleteRoom: boolean;
  /** Whose connection is ended. */
  readonly remove: readonly string[];
}

/** The clean ends: somebody, the model or the profile has ended the call. Of others the room knows by itself. */
const CLEAN_ENDS: ReadonlySet<BridgeEnd['reason']> = new Set(['hung-up', 'max-duration']);
const SERVICE_WITHIN_MS = 3_000;
const LAST_MESSAGES_MS = 200;

export function roomEndOf(
  policy: Profile['leave']['deleteRoom'],
  end: Pick<BridgeEnd, 'reason'>,
  participants: readonly Participant[],
): RoomEnd {
  if (policy === 'never' || !CLEAN_ENDS.has(end.reason)) return { deleteRoom: false, remove: [] };
  if (policy === 'always') return { deleteRoom: true, remove: [] };
  const people = participants.filter(isPerson);
  // Whoever talks to others here goes on; a caller on the phone has called the agent.
  const remove = people.filter(({ kind }) => kind === 'sip').map(({ identity }) => identity);
  const deleteRoom = people.length - remove.length <= (remove.length > 0 ? 0 : 1);
  return deleteRoom ? { deleteRoom, remove: [] } : { deleteRoom, remove };
}

/** Never rejects: what the server refuses is logged, and the agent leaves all the same. */
export async function endRoom(
  { deleteRoom, remove }: RoomEnd,
  service: RoomService | undefined,
  log: Logger,
): Promise<void> {
  if (!deleteRoom && remove.length === 0) return;
  if (!service) {
    log.debug({ deleteRoom, remove }, 'the room stays as it is: no access to the server API');
    return;
  }
  // Messages to the room travel apart from the server's: the last ones have to be there before everybody is out.
  await delay(LAST_MESSAGES_MS);
  const attempt = async (what: string, done: Promise<void>): Promise<void> => {
    try {
      await done;
    } catch (error) {
      log.warn({ err: error }, `${what} failed`);
    }
  };
  const steps = remove.map((identity) =>
    attempt('ending the connection of a caller', service.removeParticipant(identity)),
  );
  if (deleteRoom) steps.push(attempt('deleting the room', service.deleteRoom()));
  await within(Promise.all(steps), SERVICE_WITHIN_MS);
}
