// Who may command the agent and answer its tools: the profile's `control`.
import type { Profile } from '../profile/profile.js';
import type { Participant } from '../room/port.js';

export function mayControl(control: Profile['control'], identity: string): boolean {
  return control === 'anyone' || control.includes(identity);
}

/**
 * Whom a tool's call is put to, in this order: who spoke last, then the others. Agents, telephones and
 * recorders have no methods to call, so they are asked only where the profile names them.
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
