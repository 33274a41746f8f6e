// Names of rooms and agents for one try of a test: people, agents and keys of a failed try may still be at the server.
import { randomUUID } from 'node:crypto';

export function ownName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}
