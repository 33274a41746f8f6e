// Who counts as somebody to talk to: people, on whatever line, and nobody who only records or is an agent himself.
import type { Participant } from './port.js';

export function isPerson({ kind }: Participant): boolean {
  return kind !== 'agent' && kind !== 'egress';
}
