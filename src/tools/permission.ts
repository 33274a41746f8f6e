// Permissions of participants: commands, chat and tool results.
import type { Profile } from '../profile/profile.js';
import type { Participant, RoomPort } from '../room/port.js';

export function mayControl(control: Profile['control'], identity: string): boolean {
  return control === 'anyone' || control.includes(identity);
}

/** Who may send texts. Without `chat`: the identities of a `control` list, with policy `one` its participant, else anyone. */
export function mayChat(
  { chat, control, listen }: Pick<Profile, 'chat' | 'control' | 'listen'>,
  identity: string,
): boolean {
  if (chat === 'anyone') return true;
  if (chat === 'control') return mayControl(control, identity);
  if (chat !== undefined) return chat.includes(identity);
  if (listen.policy === 'one' && identity === listen.participant) return true;
  if (control !== 'anyone') return control.includes(identity);
  return listen.policy !== 'one';
}

/**
 * Identities to which a tool call is sent, in order: the last speaker, then the others. Agents, telephones and
 * recorders register no RPC methods, so they are called only if the profile names them.
 */
export function whoMayAnswer(
  control: Profile['control'],
  participants: readonly Participant[],
  speaker: string | undefined,
): readonly string[] {
  const named = (identity: string): boolean => control !== 'anyone' && control.includes(identity);
  const able = participants.filter(
    ({ identity, kind }) =>
      named(identity) || (control === 'anyone' && (kind === 'standard' || kind === 'other')),
  );
  const identities = able.map(({ identity }) => identity);
  const first = identities.filter((identity) => identity === speaker);
  return [...first, ...identities.filter((identity) => identity !== speaker)];
}

/** Of those who get events, the ones who may command the agent (and those of `also`), or all others. */
export function audienceOf(
  room: Pick<RoomPort, 'participants'>,
  { events: { to }, control }: Pick<Profile, 'events' | 'control'>,
  commanders: boolean,
  also: readonly string[] = [],
): readonly string[] {
  return room
    .participants()
    .map(({ identity }) => identity)
    .filter((identity) => to === 'everyone' || to.includes(identity))
    .filter((identity) => (mayControl(control, identity) || also.includes(identity)) === commanders);
}
