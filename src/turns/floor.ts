// Who has the floor and who waits for it: one person speaks at a time, the others in the order in which they asked.

/** A person who has the floor keeps it through a pause of this length, and no longer: noise is no speech. */
const KEPT_MS = 2_000;
/** A person whose turn it is has this long to begin. */
const GRANTED_MS = 5_000;

export interface FloorState {
  readonly holder: string | null;
  readonly waiting: readonly string[];
}

export interface FloorOptions {
  readonly onChange: (state: FloorState) => void;
}

export class Floor {
  readonly #options: FloorOptions;
  #holder: string | undefined;
  #waiting: string[] = [];
  /** Waiting people who have raised a hand; the others wait by having spoken. */
  readonly #raised = new Set<string>();
  /** The holder has stopped to speak. */
  #isPaused = false;
  #timer: NodeJS.Timeout | undefined;
  #reported = JSON.stringify({ holder: null, waiting: [] });

  constructor(options: FloorOptions) {
    this.#options = options;
  }

  get holder(): string | undefined {
    return this.#holder;
  }

  get state(): FloorState {
    return { holder: this.#holder ?? null, waiting: this.#waiting };
  }

  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** Asks for the floor, which is given at once where it is free. */
  raise(identity: string): void {
    if (this.#holder === identity) return;
    this.#raised.add(identity);
    this.#enqueue(identity);
    this.#passOn();
    this.#report();
  }

  /** Gives up the floor, or a place among those who wait for it; false for a person who has neither. */
  lower(identity: string): boolean {
    const asked = this.#holder === identity || this.#waiting.includes(identity);
    this.leave(identity);
    return asked;
  }

  /** Whether this person may speak now: they have the floor, or it is free and nobody is before them. */
  isFor(identity: string): boolean {
    return (this.#holder ?? this.#waiting[0] ?? identity) === identity;
  }

  /** A person begins to speak. Returns whether they have the floor; otherwise they wait for it. */
  begin(identity: string): boolean {
    if (this.#holder === undefined && this.isFor(identity)) this.#give(identity);
    else if (this.#holder !== identity) {
      this.#enqueue(identity);
      this.#passOn();
    }
    if (this.#holder === identity) {
      // Their speech keeps the floor until it pauses.
      clearTimeout(this.#timer);
      this.#isPaused = false;
    }
    this.#report();
    return this.#holder === identity;
  }

  /** The holder has stopped to speak: the floor passes on where somebody waits, and otherwise stays for KEPT_MS. */
  pause(identity: string): void {
    if (this.#holder !== identity) return;
    this.#isPaused = true;
    if (this.isAwaited) this.release(identity);
    else this.#releaseAfter(KEPT_MS);
  }

  /** Takes the floor from its holder, who may ask again. */
  release(identity: string): void {
    if (this.#holder !== identity) return;
    this.#holder = undefined;
    this.#next();
    this.#report();
  }

  /** What a person said while they waited is dropped; a raised hand stays. */
  expire(identity: string): void {
    if (!this.#raised.has(identity)) this.#remove(identity);
    this.#report();
  }

  /** The person has left, or no longer wants to speak. */
  leave(identity: string): void {
    this.#remove(identity);
    if (this.#holder === identity) this.release(identity);
    else this.#report();
  }

  /** Nobody has the floor and nobody waits. */
  clear(): void {
    this.#waiting = [];
    this.#raised.clear();
    if (this.#holder !== undefined) this.release(this.#holder);
    this.#report();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /** Somebody has begun to wait: nobody waits for a person who has stopped to speak. */
  #passOn(): void {
    if (this.#holder === undefined) this.#next();
    else if (this.#isPaused) this.release(this.#holder);
  }

  #next(): void {
    const [next] = this.#waiting;
    if (next === undefined) clearTimeout(this.#timer);
    else this.#give(next);
  }

  #give(identity: string): void {
    this.#remove(identity);
    this.#holder = identity;
    this.#isPaused = false;
    this.#releaseAfter(GRANTED_MS);
  }

  #releaseAfter(ms: number): void {
    clearTimeout(this.#timer);
    const holder = this.#holder;
    if (holder !== undefined) this.#timer = setTimeout(() => this.release(holder), ms);
  }

  #enqueue(identity: string): void {
    if (!this.#waiting.includes(identity)) this.#waiting = [...this.#waiting, identity];
  }

  #remove(identity: string): void {
    this.#raised.delete(identity);
    if (this.#waiting.includes(identity)) this.#waiting = this.#waiting.filter((each) => each !== identity);
  }

  #report(): void {
    const { state } = this;
    const reported = JSON.stringify(state);
    if (reported === this.#reported) return;
    this.#reported = reported;
    this.#options.onChange(state);
  }
}
