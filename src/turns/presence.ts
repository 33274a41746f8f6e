// What the agent is doing, shown as its participant attribute.
import type { AgentState } from '../protocol/topics.js';
import type { TurnStamp } from '../session/turn.js';
import { type AgentSituation, agentState } from './agent-state.js';

/** After so long without an answer the agent listens again. */
const WORKING_AT_MOST_MS = 10_000;
/**
 * LiveKit's clients give up on an agent that says nothing but `initializing` for 20 s. While the service cannot be
 * reached, what people say is held for it, so the agent listens.
 */
const CONNECTING_AT_MOST_MS = 12_000;

export class Presence {
  readonly #report: (state: AgentState) => void;
  #situation: AgentSituation = { ready: false, speaking: false, working: false, occupied: false };
  #timer: NodeJS.Timeout | undefined;

  #connecting: NodeJS.Timeout | undefined;
  #isReady = false;

  constructor(report: (state: AgentState) => void) {
    this.#report = report;
    this.#update({});
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** The first connection is being opened. */
  start(): void {
    this.#connecting = setTimeout(() => this.#update({ ready: true }), CONNECTING_AT_MOST_MS);
  }

  get state(): AgentState {
    return agentState(this.#situation);
  }

  ready(): void {
    clearTimeout(this.#connecting);
    this.#isReady = true;
    this.#update({ ready: true });
  }

  occupied(occupied: boolean): void {
    this.#update({ occupied });
  }

  /** Whether something of an answer is being heard. What was awaited has come with it. */
  speaking(speaking: boolean): void {
    if (speaking === this.#situation.speaking) return;
    if (speaking) clearTimeout(this.#timer);
    this.#update(speaking ? { speaking, working: false } : { speaking });
  }

  /** As the session's turn stands: an answer is awaited, or a tool runs. */
  follow({ phase }: TurnStamp, toolsInFlight: number): void {
    if (phase === 'awaited' || toolsInFlight > 0) this.#work(toolsInFlight > 0);
    // Between its beginning and its first sound an answer is still awaited by those who listen.
    else if (phase !== 'answering') this.#idle();
  }

  close(): void {
    clearTimeout(this.#connecting);
    clearTimeout(this.#timer);
  }

  #work(byTool: boolean): void {
    // A tool takes as long as it takes; a person who is not answered was understood as not asking.
    if (byTool || !this.#situation.working) clearTimeout(this.#timer);
    if (!byTool && !this.#situation.working) this.#timer = setTimeout(() => this.#idle(), WORKING_AT_MOST_MS);
    this.#update({ working: true });
  }

  #idle(): void {
    clearTimeout(this.#timer);
    this.#update({ working: false });
  }

  #update(change: Partial<AgentSituation>): void {
    this.#situation = { ...this.#situation, ...change };
    this.#report(agentState(this.#situation));
  }
}
