// Under which identity an agent joins a room.

/** The same on every worker, so that a new holder takes the place of a dead one at once. */
export function agentIdentity(agentName: string): string {
  return agentName === '' ? 'agent' : `agent-${agentName}`;
}
