// Sets the participant attribute `lk.agent.state`.
import type { AgentState } from '../protocol/topics.js';
import type { TurnStamp } from '../session/turn.js';
import { type AgentSituation, agentState } from './agent-state.js';

/** After this time without an answer the state returns to `listening`. */
const WORKING_AT_MOST_MS = 10_000;
/**
 * LiveKit's clients report a failed agent after 20 s of `initializing`. While the service cannot be reached,
 * speech is held for it, so the state becomes `listening` earlier.
 */
const CONNECTING_AT_MOST_MS = 12_000;

export class Presence {
  readonly #report: (state: AgentState) => void;
  #situation: AgentSituation = { ready: false, speaking: false, working: false, occupied: false };
  #timer: NodeJS.Timeout | undefined;

  #connecting: NodeJS.Timeout | undefined;
  /** A tool runs. */
  #byTool = false;
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

  /** Whether an answer is audible; an audible answer is no longer awaited. */
  speaking(speaking: boolean): void {
    if (speaking === this.#situation.speaking) return;
    if (speaking) clearTimeout(this.#timer);
    this.#update(speaking ? { speaking, working: false } : { speaking });
  }

  /** Applies the session's turn: an answer is awaited, or a tool runs. */
  follow({ phase }: TurnStamp, toolsInFlight: number): void {
    if (phase === 'awaited' || toolsInFlight > 0) this.#work(toolsInFlight > 0);
    // Until its first audio is played, listeners still wait for an answer that has begun.
    else if (phase !== 'answering') this.#idle();
  }

  close(): void {
    clearTimeout(this.#connecting);
    clearTimeout(this.#timer);
  }

  #work(byTool: boolean): void {
    // A tool may run for any time; speech or a result without an answer is treated as not addressed to the agent.
    const begins = !this.#situation.working || this.#byTool;
    if (byTool || begins) clearTimeout(this.#timer);
    if (!byTool && begins) this.#timer = setTimeout(() => this.#idle(), WORKING_AT_MOST_MS);
    this.#byTool = byTool;
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
