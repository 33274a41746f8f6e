// Ends the room after a call (`leave.deleteRoom`): disconnects telephone callers, deletes a room without other people.
import type { BridgeEnd, BridgeOptions } from '../bridge/options.js';
import { transferTargets } from '../profile/built-in-tools.js';
import type { Profile } from '../profile/profile.js';
import { isPerson } from '../room/people.js';
import type { Participant } from '../room/port.js';
import { CANNOT_TRANSFER } from '../tools/phone-tools.js';
import { delay, within } from '../util/abort.js';
import type { Logger } from '../util/log.js';

/** A connected participant, by the server's list. */
export interface ListedParticipant {
  readonly identity: string;
  /** No agent, no recorder, and not hidden. */
  readonly isPerson: boolean;
  /** How many tracks are published. */
  readonly tracks: number;
}

/** Operations of LiveKit's server API. */
export interface RoomService {
  deleteRoom(): Promise<void>;
  removeParticipant(identity: string): Promise<void>;
  /** Everyone whom the server lists as connected. */
  participants?(): Promise<readonly ListedParticipant[]>;
  /** Transfers a caller on the phone by LiveKit's SIP API; `to` is a tel: or sip: address. */
  transferParticipant?(identity: string, to: string): Promise<void>;
}

/** How callers are transferred; nothing where this service cannot, and a warning where the profile asks for it. */
export function transferOf(
  service: RoomService | undefined,
  { phone }: Pick<Profile, 'phone'>,
  log: Pick<Logger, 'warn'>,
): Pick<BridgeOptions, 'transfer'> {
  if (service?.transferParticipant)
    return { transfer: async (identity, to) => service.transferParticipant?.(identity, to) };
  if (transferTargets(phone).length > 0) log.warn({ field: 'phone.transfer' }, CANNOT_TRANSFER);
  return {};
}

export interface RoomEnd {
  readonly deleteRoom: boolean;
  /** Identities to disconnect. */
  readonly remove: readonly string[];
}

/** Ends by a participant, the model or the profile. After other ends the room stays as it is. */
const CLEAN_ENDS: ReadonlySet<BridgeEnd['reason']> = new Set([
  'hung-up',
  'idle',
  'max-duration',
  'max-tokens',
  'room-limit',
  'hour-limit',
]);
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
  // Other people in the room may go on talking to each other; a telephone caller has called only the agent.
  const remove = people.filter(({ kind }) => kind === 'sip').map(({ identity }) => identity);
  const deleteRoom = people.length - remove.length <= (remove.length > 0 ? 0 : 1);
  return deleteRoom ? { deleteRoom, remove: [] } : { deleteRoom, remove };
}

/** Never rejects: errors of the server API are logged, and the agent leaves. */
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
  // The server API is faster than the room's data channel: without this pause the last messages would be lost.
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
