// Lane: what the agent is doing, told as its participant attribute.
import type { AgentState } from '../protocol/topics.js';
import { type AgentSituation, agentState } from './agent-state.js';

/** A person who has finished and is not answered was understood as not asking: the agent listens again. */
const WORKING_AT_MOST_MS = 10_000;

export class Presence {
  readonly #tell: (state: AgentState) => void;
  #situation: AgentSituation = { ready: false, speaking: false, working: false, accompanied: false };
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (state: AgentState) => void) {
    this.#tell = tell;
    this.#update({});
  }

  get isReady(): boolean {
    return this.#situation.ready;
  }

  get state(): AgentState {
    return agentState(this.#situation);
  }

  ready(): void {
    this.#update({ ready: true });
  }

  accompanied(accompanied: boolean): void {
    this.#update({ accompanied });
  }

  speaking(speaking: boolean): void {
    this.#update({ speaking });
  }

  /** Something was said, typed or called for, and an answer is due. */
  working(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.idle(), WORKING_AT_MOST_MS);
    this.#update({ working: true });
  }

  /** The answer has begun, or will not come. */
  idle(): void {
    clearTimeout(this.#timer);
    this.#update({ working: false });
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #update(change: Partial<AgentSituation>): void {
    this.#situation = { ...this.#situation, ...change };
    this.#tell(agentState(this.#situation));
  }
}
