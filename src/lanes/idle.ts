// Lane: what follows when nobody speaks (`idle`): a text to the model, the user state `away`, the end of the call.
import type { Profile } from '../profile/profile.js';
import type { RoomEventBody } from '../protocol/events.js';
import type { AgentState } from '../protocol/topics.js';
import type { RoomEvent, RoomPort } from '../room/port.js';

export interface IdleOptions {
  readonly room: Pick<RoomPort, 'onEvent'>;
  readonly idle: Profile['idle'];
  /** Sends a user turn in text, which the model answers. */
  readonly say: (text: string) => void;
  readonly onAway: (away: boolean) => void;
  readonly hangUp: () => void;
}

/**
 * The clock counts silence: it runs while the session is open, somebody is there and nothing is going on. Voice of
 * people or of the agent sets it to zero; a tool that runs, or an answer that is due, stops it.
 */
export class Idle {
  readonly #options: IdleOptions;
  readonly #speaking = new Set<string>();
  #detach: () => void = () => {};
  #isOpen = false;
  #agent: AgentState = 'initializing';
  #timer: NodeJS.Timeout | undefined;
  /** Silence that was counted before the clock stopped. */
  #countedMs = 0;
  #runningSinceMs: number | undefined;
  #reminders = 0;
  #isAway = false;
  #isClosed = false;

  constructor(options: IdleOptions) {
    this.#options = options;
  }

  start(): void {
    if (!this.#options.idle) return;
    this.#detach = this.#options.room.onEvent((event: RoomEvent) => {
      if (event.type === 'participant-joined') this.active();
      else if (event.type === 'participant-left') this.#onSpeech(event.participant.identity, 'ended');
    });
  }

  /** The agent's state has changed. */
  state(state: AgentState): void {
    // Both ends of the agent's voice: silence is counted from its end.
    if (state === 'speaking' || this.#agent === 'speaking' || state === 'idle') this.#zero();
    this.#agent = state;
    this.#update();
  }

  /** Applies an event of the call; also gets events that the profile does not send. */
  event(body: RoomEventBody): void {
    if (body.type === 'speech') {
      this.#onSpeech(body.participant, body.phase);
    } else if (body.type === 'dtmf' && body.direction === 'in') {
      this.active();
    } else if (body.type === 'session') {
      this.#isOpen = body.state === 'open';
      // The end of speech is not reported by a connection that was lost inside it.
      if (!this.#isOpen) this.#speaking.clear();
      this.#update();
    }
  }

  /** A person has written, pressed a key or joined. */
  active(): void {
    this.#reminders = 0;
    this.#zero();
    this.#setAway(false);
    this.#update();
  }

  close(): void {
    this.#isClosed = true;
    this.#detach();
    clearTimeout(this.#timer);
  }

  #onSpeech(participant: string, phase: 'started' | 'ended'): void {
    if (phase === 'started') {
      this.#speaking.add(participant);
      this.active();
    } else if (this.#speaking.delete(participant)) {
      this.#zero();
      this.#update();
    }
  }

  #zero(): void {
    this.#countedMs = 0;
    if (this.#runningSinceMs !== undefined) this.#runningSinceMs = performance.now();
  }

  /** Starts, stops or sets the clock. */
  #update(): void {
    const { idle } = this.#options;
    clearTimeout(this.#timer);
    if (!idle || this.#isClosed) return;
    const runs = this.#isOpen && this.#agent === 'listening' && this.#speaking.size === 0;
    const now = performance.now();
    if (this.#runningSinceMs !== undefined) this.#countedMs += now - this.#runningSinceMs;
    this.#runningSinceMs = runs ? now : undefined;
    if (!runs) return;
    const { hangUpAfterMs = Number.POSITIVE_INFINITY } = idle;
    const dueMs = Math.min(this.#hasMore() ? idle.afterMs : Number.POSITIVE_INFINITY, hangUpAfterMs);
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => this.#onDue(dueMs === hangUpAfterMs),
      Math.max(0, dueMs - this.#countedMs),
    );
  }

  /** Whether another reminder, or at least the state `away`, is still to come. */
  #hasMore(): boolean {
    const { say, times = 1 } = this.#options.idle ?? {};
    return !this.#isAway || (say !== undefined && this.#reminders < times);
  }

  #onDue(isEnd: boolean): void {
    const { idle, say, hangUp } = this.#options;
    if (isEnd) {
      this.close();
      hangUp();
      return;
    }
    this.#setAway(true);
    if (idle?.say !== undefined && this.#reminders < idle.times) {
      this.#reminders += 1;
      this.#zero();
      say(idle.say);
    }
    this.#update();
  }

  #setAway(away: boolean): void {
    if (away === this.#isAway) return;
    this.#isAway = away;
    this.#options.onAway(away);
  }
}
