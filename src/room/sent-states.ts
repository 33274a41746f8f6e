// The states that clients of LiveKit's session messages know: states that change faster than they are sent are one change.
import type { AgentState } from '../protocol/topics.js';
import type { SessionMessage, UserState } from './session-messages.js';

export class SentStates {
  #agent: AgentState = 'initializing';
  #user: UserState = 'listening';

  /** The message as it is sent now: a change from the state that was sent last. */
  since(message: SessionMessage): SessionMessage {
    if (!('event' in message)) return message;
    const { event } = message;
    if (event.kind === 'agent-state') {
      const before = this.#agent;
      this.#agent = event.now;
      return { ...message, event: { ...event, before } };
    }
    if (event.kind !== 'user-state') return message;
    const before = this.#user;
    this.#user = event.now;
    return { ...message, event: { ...event, before } };
  }
}
