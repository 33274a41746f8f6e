// Which participants count as people: everyone on a client or a telephone; agents and recorders do not.
import type { Participant } from './port.js';

export function isPerson({ kind }: Participant): boolean {
  return kind !== 'agent' && kind !== 'egress';
}
