// Which participants count as people: everyone on a client or a telephone; agents, recorders and hidden ones do not.
import { abortable } from '../util/abort.js';
import type { Participant, RoomPort } from './port.js';

/** Used wherever the presence of people matters: greeting, refusal, auto-leave, and retries. */
export function isPerson({ kind, hidden }: Participant): boolean {
  return kind !== 'agent' && kind !== 'egress' && hidden !== true;
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
