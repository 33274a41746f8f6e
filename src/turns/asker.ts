// Which participant an answer is for: the one who spoke or typed since the last answer; undefined if several did.

import type { ModelEvent } from '../session/port.js';
import { SpokenReply } from './spoken-reply.js';
import { type Cause, TurnCause } from './turn-cause.js';

export class Asker {
  /** Participants who spoke or typed since the present or last answer began. */
  readonly #asking = new Set<string>();
  readonly #caused = new Set<string>();
  #over = true;
  /** How the answer was asked for. */
  readonly cause = new TurnCause();
  /** Whether people have spoken after the model. */
  readonly reply: SpokenReply;

  /** @param isManual whether the agent, not the service, decides when speech begins */
  constructor(isManual: () => boolean) {
    this.reply = new SpokenReply(isManual);
  }

  /** This participant's voice was sent. */
  spoke(identity: string): void {
    this.reply.spoke(identity);
    this.cause.spoke();
    this.#asking.add(identity);
  }

  /** This participant, or nobody who is known, typed. */
  typed(identity: string | undefined, by: Cause): void {
    this.cause.caused(by);
    if (identity !== undefined) this.#asking.add(identity);
  }

  follow(event: ModelEvent): void {
    const { type } = event;
    this.reply.follow(event);
    this.cause.follow(event);
    if (type === 'audio' || type === 'text') this.#begin();
    else if (type === 'tool-calls') this.#call();
    else if (type === 'turn-complete' || type === 'interrupted') this.#over = true;
  }

  /** The model answers: speech and texts from now on belong to the next answer. */
  #begin(): void {
    if (!this.#over) return;
    this.#over = false;
    this.#caused.clear();
    this.#takeAsking();
  }

  /** The model calls a tool: participants who spoke or typed since the answer began may be the cause. */
  #call(): void {
    this.#begin();
    this.#takeAsking();
  }

  /** The participant who caused the answer; undefined where several may have, or none did. */
  get identity(): string | undefined {
    const [first, second] = this.#caused;
    return second === undefined ? first : undefined;
  }

  /** All who may have caused the answer. */
  get identities(): readonly string[] {
    return [...this.#caused];
  }

  #takeAsking(): void {
    for (const identity of this.#asking) this.#caused.add(identity);
    this.#asking.clear();
  }
}
