// The model's turns, one after the other: what interrupts one and what comes after it.

import type { Plan } from './plan.js';
import { type Outcome, Turn, type TurnPort } from './turn.js';

export interface TurnsListener {
  /** A turn is over and no other follows at once. */
  onIdle(): void;
  onBegin(): void;
  onTurn(turn: { readonly outcome: Outcome; readonly said: string; readonly audioMs: number }): void;
  onError(error: unknown): void;
}

export class Turns {
  readonly #port: TurnPort;
  readonly #listener: TurnsListener;
  #current: Turn | undefined;
  /** Several only where nothing interrupts a turn: each is answered. */
  #next: Plan[] = [];

  constructor(port: TurnPort, listener: TurnsListener) {
    this.#port = port;
    this.#listener = listener;
  }

  /** From the start of a turn until its turnComplete was sent. */
  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** Whether the model is at work, playback aside. */
  get generating(): boolean {
    return this.#current !== undefined && !this.#current.generated;
  }

  /** Begins a turn, after those that go on or wait. */
  start(plan: Plan): void {
    if (this.#current) this.#next.push(plan);
    else this.#begin(plan);
  }

  /** Interrupts the current turn, and forgets those that were to come. `alone`: no turnComplete follows. */
  interrupt(how?: { readonly alone: boolean }): void {
    this.#next = [];
    this.#current?.interrupt(how);
  }

  drop(): void {
    this.#next = [];
    this.#current?.drop();
  }

  #begin(plan: Plan): void {
    this.#listener.onBegin();
    const turn = new Turn(this.#port, plan);
    this.#current = turn;
    turn.done.then(
      (outcome) => this.#over(turn, outcome),
      (error: unknown) => {
        this.#listener.onError(error);
        this.#over(turn, 'dropped');
      },
    );
  }

  #over(turn: Turn, outcome: Outcome): void {
    this.#current = undefined;
    this.#listener.onTurn({ outcome, said: turn.said, audioMs: turn.audioMs });
    const next = this.#next.shift();
    if (next) this.#begin(next);
    else this.#listener.onIdle();
  }
}
