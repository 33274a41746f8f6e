// What the agent is doing, in LiveKit's words, as a pure function of what is known.
import type { AgentState } from '../protocol/topics.js';

export interface AgentSituation {
  /** The session has been open at least once. */
  readonly ready: boolean;
  readonly speaking: boolean;
  /** Somebody has said or typed something, or a tool runs, and no answer is heard yet. */
  readonly working: boolean;
  /** Somebody can be heard or read: there is a person in the room. */
  readonly occupied: boolean;
}

export function agentState(situation: AgentSituation): AgentState {
  if (!situation.ready) return 'initializing';
  if (situation.speaking) return 'speaking';
  if (situation.working) return 'thinking';
  return situation.occupied ? 'listening' : 'idle';
}
