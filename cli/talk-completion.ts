// Decides when a talk is over: the file is played, a turn has answered it, and nothing has been heard for a while.
import type { AgentState } from '../src/protocol/index.js';
import type { AgentEvent } from './received-messages.js';

export interface TalkCompletionOptions {
  /** Silence after which an answered talk is over. */
  readonly quietMs?: number;
  /** The same when the last turn ended before the file: an answer to the end of the file may still come. */
  readonly lateMs?: number;
}

/** All times are epoch ms. Turns before `playing()`, for example a greeting, do not count as an answer. */
export class TalkCompletion {
  /** Turns that completed since the file began. */
  turns = 0;
  readonly #quietMs: number;
  readonly #lateMs: number;
  #playing = false;
  #playedAtMs: number | undefined;
  #speechEndMs = 0;
  #activeAtMs = 0;
  #answeredAtMs: number | undefined;
  #turnEndedAtMs: number | undefined;
  #turnOpen = false;
  #state: AgentState | undefined;
  // Once the agent sends turn events, its state is not used for turns.
  #hasTurnEvents = false;
  readonly #calls = new Set<unknown>();

  constructor({ quietMs = 2000, lateMs = 8000 }: TalkCompletionOptions = {}) {
    this.#quietMs = quietMs;
    this.#lateMs = lateMs;
  }

  playing(): void {
    this.#playing = true;
  }

  /** The file has been played; the last speech in it ended at `speechEndMs`. */
  played(atMs: number, speechEndMs: number): void {
    this.#playedAtMs = atMs;
    this.#speechEndMs = speechEndMs;
  }

  /** Something was heard, or a caption came. */
  active(atMs: number): void {
    this.#activeAtMs = atMs;
  }

  state(state: AgentState, atMs: number): void {
    const spoke = this.#state === 'speaking' && (state === 'listening' || state === 'idle');
    this.#state = state;
    this.active(atMs);
    if (spoke && !this.#hasTurnEvents) this.#turnEnded(atMs, true);
  }

  event(event: AgentEvent, atMs: number): void {
    if (event.type === 'turn') {
      this.#hasTurnEvents = true;
      this.active(atMs);
      if (event.phase === 'started') this.#turnOpen = true;
      if (event.phase === 'completed' || event.phase === 'interrupted') {
        this.#turnEnded(atMs, event.phase === 'completed');
      }
    }
    if (event.type === 'tool.call') this.#calls.add(event.id);
    if (event.type === 'tool.result') this.#calls.delete(event.id);
    if (event.type === 'tool.cancelled' && Array.isArray(event.ids)) {
      for (const id of event.ids) this.#calls.delete(id);
    }
  }

  /** When the talk is over if nothing else happens; undefined while something must happen first. */
  overAtMs(): number | undefined {
    const playedAtMs = this.#playedAtMs;
    const busy =
      this.#state === 'speaking' || this.#state === 'thinking' || this.#turnOpen || this.#calls.size > 0;
    if (playedAtMs === undefined || this.#turnEndedAtMs === undefined || busy) return undefined;
    const answered = this.#answeredAtMs !== undefined && this.#answeredAtMs >= this.#speechEndMs;
    const sinceMs = Math.max(playedAtMs, this.#activeAtMs, this.#turnEndedAtMs);
    return sinceMs + (answered ? this.#quietMs : this.#lateMs);
  }

  #turnEnded(atMs: number, completed: boolean): void {
    this.#turnOpen = false;
    if (!this.#playing) return;
    this.#turnEndedAtMs = atMs;
    if (!completed) return;
    this.#answeredAtMs = atMs;
    this.turns++;
  }
}
