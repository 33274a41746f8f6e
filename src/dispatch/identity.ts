// The identity under which an agent joins a room.

/** Equal on every worker, so that LiveKit replaces the participant of a dead process at once. */
export function agentIdentity(agentName: string): string {
  return agentName === '' ? 'agent' : `agent-${agentName}`;
}
