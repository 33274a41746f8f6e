// Which jobs the worker takes, and under which name it joins.
import type { JobRequest } from '@livekit/agents';
import type { Slots } from './worker/slots.js';

/** The same on every worker, so that a new holder takes the place of a dead one at once. */
export function agentIdentity(agentName: string): string {
  return agentName === '' ? 'agent' : `agent-${agentName}`;
}

export function acceptInto(options: {
  readonly agentName: string;
  readonly slots: Slots;
}): (request: JobRequest) => Promise<void> {
  const identity = agentIdentity(options.agentName);
  return async (request) => {
    if (options.slots.reserve(request.id)) await request.accept(options.agentName || 'agent', identity);
    else await request.reject();
  };
}
