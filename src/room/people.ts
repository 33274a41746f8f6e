// Which participants count as people: everyone on a client or a telephone; agents, recorders and hidden ones do not.
import { abortable } from '../util/abort.js';
import type { Participant, RoomPort } from './port.js';

/** Used wherever the presence of people matters: greeting, refusal, auto-leave, and retries. */
export function isPerson({ kind, hidden }: Participant): boolean {
  return kind !== 'agent' && kind !== 'egress' && hidden !== true;
}

/** LiveKit's attributes of somebody on the phone, and what they are called in a report. */
const PHONE_ATTRIBUTES = {
  number: 'sip.phoneNumber',
  trunk: 'sip.trunkID',
  trunkNumber: 'sip.trunkPhoneNumber',
  call: 'sip.callID',
} as const;

/** Number, trunk and call of somebody on the phone, as far as LiveKit's SIP service gives them. */
export function phoneOf({
  kind,
  attributes = {},
}: Participant): Readonly<Record<string, string>> | undefined {
  if (kind !== 'sip') return undefined;
  const known = Object.entries(PHONE_ATTRIBUTES).flatMap(([name, attribute]) => {
    const value = attributes[attribute];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}

export function hasPerson(room: Pick<RoomPort, 'participants'>): boolean {
  return room.participants().some(isPerson);
}

/** Resolves once a person is in the room, at once where one is. @throws the signal's reason */
export async function waitForPerson(
  room: Pick<RoomPort, 'participants' | 'onEvent'>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (hasPerson(room)) return;
  let detach = (): void => {};
  const joined = new Promise<void>((resolve) => {
    detach = room.onEvent(() => {
      if (hasPerson(room)) resolve();
    });
  });
  await abortable(joined, signal).finally(() => detach());
}
