// Writes what happens in a talk to its output, and ends the talk when the agent or the room is gone.
import { CliFailure } from './failure.js';
import type { AgentEvent, Person, PersonEvent } from './person.js';
import type { TalkOutput } from './talk-output.js';

/** How long the agent may be absent: a takeover by another worker takes less than a second. */
const RETURN_MS = 3000;

export class TalkWatcher {
  readonly #person: Person;
  readonly #output: TalkOutput;
  readonly #reconnectMs: number;
  readonly #lost = new AbortController();
  readonly #stop: () => void;
  /** Aborted with a CliFailure when the talk cannot go on, or with the caller's reason. */
  readonly signal: AbortSignal;
  #agent: string | undefined;
  #fatal: string | undefined;
  #returnTimer: NodeJS.Timeout | undefined;
  #reconnectTimer: NodeJS.Timeout | undefined;

  /** @param reconnectMs how long the server may be away */
  constructor(person: Person, output: TalkOutput, signal: AbortSignal, reconnectMs: number) {
    this.#reconnectMs = reconnectMs;
    this.#person = person;
    this.#output = output;
    this.signal = AbortSignal.any([this.#lost.signal, signal]);
    this.#stop = person.on((personEvent) => this.#notice(personEvent));
  }

  /** The agent of this talk, also when it has left. */
  get agentIdentity(): string | undefined {
    return this.#agent;
  }

  /** From now on the talk ends when the agent leaves. */
  agentIsThere(): void {
    const agent = this.#person.agent();
    if (!agent) return;
    this.#agent = agent.identity;
    this.#output.write({ type: 'agent_joined', identity: agent.identity });
    const state = this.#person.state();
    if (state) this.#output.write({ type: 'agent_state', state });
  }

  close(): void {
    clearTimeout(this.#returnTimer);
    clearTimeout(this.#reconnectTimer);
    this.#stop();
  }

  #notice(personEvent: PersonEvent): void {
    switch (personEvent.type) {
      case 'caption': {
        const { identity, segmentId, final, text, complete, error } = personEvent.caption;
        // A final caption counts when its stream is complete; interim ones are shown while they grow.
        if (text === '' || error || final !== complete) break;
        this.#output.write({ type: 'caption', participant: identity, segment: segmentId, final, text });
        break;
      }
      case 'event':
        this.#output.write({ type: 'event', event: personEvent.event });
        if (personEvent.event.type === 'error') this.#noticeError(personEvent.event);
        break;
      case 'agent-state':
        if (personEvent.identity === this.#agent)
          this.#output.write({ type: 'agent_state', state: personEvent.state });
        break;
      case 'participant-left':
        if (personEvent.identity === this.#agent) this.#agentLeft(personEvent.identity);
        break;
      case 'participant-joined':
        if (personEvent.identity === this.#agent) this.#agentReturned(personEvent.identity);
        break;
      case 'connection':
        this.#output.write({ type: 'connection', state: personEvent.state });
        this.#connection(personEvent.state);
        break;
      case 'closed':
        this.#lost.abort(new CliFailure(`the room is over: ${personEvent.reason.replaceAll('_', ' ')}`));
        break;
      default:
        break;
    }
  }

  #noticeError({ message, fatal }: AgentEvent): void {
    if (fatal !== true) return;
    this.#fatal = typeof message === 'string' ? message : 'it gave no reason';
    // It leaves at once, and so would the next one: it would be dispatched with the same profile.
    if (this.#agent === undefined) this.#lose(`the agent left: ${this.#fatal}`);
  }

  #agentLeft(identity: string): void {
    this.#output.write({ type: 'agent_left', identity });
    // After a fatal error the agent does not return.
    if (this.#fatal !== undefined) this.#lose(`the agent left: ${this.#fatal}`);
    // Waits for the agent to return.
    else if (this.#reconnectTimer === undefined) this.#awaitReturn();
  }

  #awaitReturn(): void {
    clearTimeout(this.#returnTimer);
    this.#returnTimer = setTimeout(() => this.#lose('the agent left the room'), RETURN_MS);
  }

  #connection(state: 'reconnecting' | 'reconnected'): void {
    clearTimeout(this.#reconnectTimer);
    this.#reconnectTimer = undefined;
    if (state === 'reconnecting') {
      clearTimeout(this.#returnTimer);
      this.#reconnectTimer = setTimeout(
        () => this.#lose('the connection to the server is lost'),
        this.#reconnectMs,
      );
    } else if (this.#agent !== undefined && !this.#person.agent()) {
      this.#awaitReturn();
    }
  }

  #agentReturned(identity: string): void {
    clearTimeout(this.#returnTimer);
    this.#output.write({ type: 'agent_joined', identity });
  }

  #lose(message: string): void {
    this.#lost.abort(new CliFailure(message));
  }
}
