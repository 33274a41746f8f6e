// Computes `lk.agent.state` from the situation of the call. Pure.
import type { AgentState } from '../protocol/topics.js';

export interface AgentSituation {
  /** The session has been open at least once. */
  readonly ready: boolean;
  readonly speaking: boolean;
  /** An answer is due or a tool runs, and no answer is audible yet. */
  readonly working: boolean;
  /** A person is in the room. */
  readonly occupied: boolean;
}

export function agentState(situation: AgentSituation): AgentState {
  if (!situation.ready) return 'initializing';
  if (situation.speaking) return 'speaking';
  if (situation.working) return 'thinking';
  return situation.occupied ? 'listening' : 'idle';
}
