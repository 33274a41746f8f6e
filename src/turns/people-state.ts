// The state of the people as LiveKit's tools show it: speaking, listening, or away.

export type UserState = 'speaking' | 'listening' | 'away';

export class PeopleState {
  readonly #onChange: (before: UserState, now: UserState) => void;
  readonly #speaking = new Set<string>();
  #isAway = false;
  #now: UserState = 'listening';

  constructor(onChange: (before: UserState, now: UserState) => void) {
    this.#onChange = onChange;
  }

  get now(): UserState {
    return this.#now;
  }

  speech(participant: string, phase: 'started' | 'ended'): void {
    if (phase === 'started') this.#speaking.add(participant);
    else this.#speaking.delete(participant);
    this.#update();
  }

  /** Whether nobody has spoken for as long as the profile's `idle` says. */
  away(away: boolean): void {
    this.#isAway = away;
    this.#update();
  }

  #update(): void {
    const now = this.#speaking.size > 0 ? 'speaking' : this.#isAway ? 'away' : 'listening';
    const before = this.#now;
    if (now === before) return;
    this.#now = now;
    this.#onChange(before, now);
  }
}
