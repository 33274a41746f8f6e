// Lane: what the agent is doing, told as its participant attribute.
import type { AgentState } from '../protocol/topics.js';
import { type AgentSituation, agentState } from './agent-state.js';

/** A person who has finished and is not answered was understood as not asking: the agent listens again. */
const WORKING_AT_MOST_MS = 10_000;

export class Presence {
  readonly #report: (state: AgentState) => void;
  #situation: AgentSituation = { ready: false, speaking: false, working: false, occupied: false };
  #timer: NodeJS.Timeout | undefined;

  constructor(report: (state: AgentState) => void) {
    this.#report = report;
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

  occupied(occupied: boolean): void {
    this.#update({ occupied });
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
    this.#report(agentState(this.#situation));
  }
}
