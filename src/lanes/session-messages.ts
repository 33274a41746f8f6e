// Lane: answers requests of LiveKit's tools (agents-playground, lk) on `lk.agent.session`, and sends their events.
import { optionsOf } from '../profile/options.js';
import type { Profile } from '../profile/profile.js';
import type { RoomEventBody } from '../protocol/events.js';
import type { AgentState } from '../protocol/topics.js';
import type { RoomEvent, RoomPort } from '../room/port.js';
import { SentStates } from '../room/sent-states.js';
import {
  errorOf,
  isOfTools,
  newestItems,
  type SessionAnswer,
  type SessionEvent,
  type SessionItem,
  type SessionMessage,
  type SessionRequest,
  type SessionUsage,
} from '../room/session-messages.js';
import { audienceOf, mayControl } from '../tools/permission.js';
import { PeopleState } from '../turns/people-state.js';
import { within } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import { Outbox } from '../util/outbox.js';
import { RateLimits } from '../util/rate-limits.js';

export interface SessionMessagesOptions {
  readonly room: RoomPort;
  readonly profile: Pick<Profile, 'events' | 'control'>;
  /** With the changes of `configure`. */
  readonly currentProfile: () => Profile;
  /** Sends a user turn in text. */
  readonly say: (text: string, identity: string) => void;
  /** Why no text of this participant is taken now. */
  readonly refusal: (identity: string) => string | undefined;
  readonly framework: { readonly name: string; readonly version: string };
  readonly log: Logger;
}

/** A finished part of the conversation. */
export interface Utterance {
  readonly role: 'user' | 'model';
  readonly text: string;
  readonly truncated: boolean;
}

const MAX_ITEMS = 500;
const MAX_INPUT_CHARS = 8_000;
/** When a user turn in text has no answer after this time, its request fails. */
const INPUT_AT_MOST_MS = 60_000;
const CLOSE_AT_MOST_MS = 500;
const NOT_ALLOWED = errorOf("not allowed: the profile's control does not name you");
const TOO_MANY = errorOf('too many requests: at most 5 a second');

type UsageNumbers = Extract<RoomEventBody, { type: 'usage' }>['session'];

interface Pending {
  readonly id: string;
  readonly to: string;
  readonly items: SessionItem[];
  readonly timer: NodeJS.Timeout;
}

export class SessionMessages {
  readonly #options: SessionMessagesOptions;
  readonly #outbox: Outbox<SessionMessage>;
  readonly #startedAtMs = Date.now();
  readonly #items: SessionItem[] = [];
  readonly #calls = new Map<string, Extract<SessionItem, { kind: 'call' }>>();
  /** A client that polls statistics and usage needs one a second. */
  readonly #limit = new RateLimits({ burst: 20, perSecond: 5 });
  /** Requests that are refused come by the thousand; each answer costs as much as an event. */
  readonly #refusals = new RateLimits({ burst: 20, perSecond: 1 });
  #pending: Pending[] = [];
  #usage: UsageNumbers | undefined;
  #agentState: AgentState = 'initializing';
  readonly #sent = new SentStates();
  readonly #people = new PeopleState((before, now) => this.#notify({ kind: 'user-state', before, now }));
  /** The latency of the present answer. */
  #latencyMs: number | undefined;
  #number = 0;
  #detach: () => void = () => {};

  constructor(options: SessionMessagesOptions) {
    this.#options = options;
    this.#outbox = new Outbox({
      send: (message) => options.room.sendSession(this.#sent.since(message)),
      onError: (error) => options.log.debug({ err: error }, 'the room did not take a session message'),
      capacity: 200,
    });
  }

  start(): void {
    this.#detach = this.#options.room.onEvent((event) => this.#onRoom(event));
  }

  /** The agent's state has changed. */
  state(now: AgentState): void {
    const before = this.#agentState;
    if (now === before) return;
    this.#agentState = now;
    this.#notify({ kind: 'agent-state', before, now });
  }

  /** An utterance or a text is complete. */
  said({ role, text, truncated }: Utterance): void {
    if (text === '') return;
    const isAgent = role === 'model';
    this.#add({
      kind: 'message',
      id: `item_${++this.#number}`,
      role: isAgent ? 'assistant' : 'user',
      text,
      interrupted: truncated,
      atMs: Date.now(),
      ...(isAgent && this.#latencyMs !== undefined ? { latencyMs: this.#latencyMs } : {}),
    });
    if (isAgent) this.#latencyMs = undefined;
  }

  /** Applies a room event; also gets events that the profile does not send. */
  observe(event: RoomEventBody): void {
    switch (event.type) {
      case 'speech':
        this.#people.speech(event.participant, event.phase);
        return;
      case 'latency':
        this.#latencyMs = event.endOfSpeechToAudioMs ?? this.#latencyMs;
        return;
      case 'usage':
        this.#usage = event.session;
        this.#notify({ kind: 'usage', usage: this.#usageNow() });
        return;
      case 'tool.call': {
        const { id, name, args } = event;
        const call = { kind: 'call', id, name, args: JSON.stringify(args), atMs: Date.now() } as const;
        this.#calls.set(id, call);
        this.#add(call);
        return;
      }
      case 'tool.result': {
        const { id, name, ok, response, error } = event;
        const answer = ok ? JSON.stringify(response ?? {}) : (error ?? '');
        const output = { kind: 'output', id, name, output: answer, failed: !ok, atMs: Date.now() } as const;
        this.#add(output);
        const call = this.#calls.get(id);
        this.#calls.delete(id);
        if (call) this.#notify({ kind: 'tools', calls: [call], outputs: [output] });
        return;
      }
      case 'turn':
        // The final caption, which makes the item, comes up to 300 ms after the end of its turn.
        if (event.phase === 'completed' || event.phase === 'interrupted') {
          for (const pending of this.#pending) setTimeout(() => this.#answerInput(pending), 400);
        }
        return;
      default:
        return;
    }
  }

  async close(): Promise<void> {
    this.#detach();
    for (const pending of this.#pending.splice(0)) {
      clearTimeout(pending.timer);
      this.#answer(pending.to, pending.id, errorOf('the call has ended'));
    }
    await within(this.#outbox.close(), CLOSE_AT_MOST_MS);
  }

  #onRoom(event: RoomEvent): void {
    if (event.type === 'participant-left') this.#people.speech(event.participant.identity, 'ended');
    if (event.type !== 'session-request') return;
    const { identity, request } = event;
    if (!this.#limit.take(identity)) {
      if (this.#refusals.take(identity)) this.#answer(identity, request.id, TOO_MANY);
      return;
    }
    const answer = this.#answerTo(identity, request);
    if (answer instanceof Promise) void answer.then((late) => this.#answer(identity, request.id, late));
    else if (answer) this.#answer(identity, request.id, answer);
  }

  /** Undefined when the answer is sent later. */
  #answerTo(identity: string, request: SessionRequest): SessionAnswer | Promise<SessionAnswer> | undefined {
    const { room, framework, currentProfile, profile } = this.#options;
    const isAllowed = mayControl(profile.control, identity);
    switch (request.kind) {
      case 'ping':
        return { kind: 'pong' };
      case 'chat-history':
        return isAllowed ? { kind: 'chat-history', items: newestItems(this.#items) } : NOT_ALLOWED;
      case 'agent-info': {
        const { instructions, tools } = currentProfile();
        return {
          kind: 'agent-info',
          agent: room.identity,
          ...(isAllowed && instructions !== undefined ? { instructions } : {}),
          tools: tools.map(({ declaration }) => declaration.name),
          items: isAllowed ? newestItems(this.#items) : [],
        };
      }
      case 'session-state':
        return {
          kind: 'session-state',
          agentState: this.#agentState,
          userState: this.#people.now,
          agent: room.identity,
          options: optionsOf(currentProfile()),
          startedAtMs: this.#startedAtMs,
        };
      case 'session-usage':
        return { kind: 'session-usage', usage: this.#usageNow(), startedAtMs: this.#startedAtMs };
      case 'framework-info':
        return { kind: 'framework-info', ...framework };
      case 'rtc-stats':
        return room.rtcStats().then(
          (stats) => ({ kind: 'rtc-stats', ...stats }),
          () => errorOf('the statistics could not be read'),
        );
      case 'run-input':
        return isAllowed ? this.#runInput(identity, request.id, request.text) : NOT_ALLOWED;
      case 'unknown':
        return errorOf(`the request ${request.name} is not supported`);
    }
  }

  #runInput(identity: string, id: string, text: string): SessionAnswer | undefined {
    if (text.trim() === '' || text.length > MAX_INPUT_CHARS)
      return errorOf(`the text must have 1 to ${MAX_INPUT_CHARS} characters`);
    const refusal = this.#options.refusal(identity);
    if (refusal !== undefined) return errorOf(refusal);
    const pending: Pending = {
      id,
      to: identity,
      items: [],
      timer: setTimeout(() => this.#answerInput(pending, true), INPUT_AT_MOST_MS),
    };
    this.#pending.push(pending);
    this.#options.say(text, identity);
    return undefined;
  }

  #answerInput(pending: Pending, isLate = false): void {
    if (!this.#pending.includes(pending)) return;
    // A turn that ended without an item for this request belongs to another input.
    const hasAnswer = pending.items.some((item) => item.kind === 'message' && item.role === 'assistant');
    if (!hasAnswer && !isLate) return;
    this.#pending = this.#pending.filter((other) => other !== pending);
    clearTimeout(pending.timer);
    this.#answer(pending.to, pending.id, { kind: 'run-input', items: pending.items });
  }

  /** Whether nobody has spoken for as long as the profile's `idle` says. */
  away(away: boolean): void {
    this.#people.away(away);
  }

  #usageNow(): SessionUsage {
    const { prompt = 0, response = 0, thoughts = 0, byModality } = this.#usage ?? {};
    return {
      model: this.#options.currentProfile().model,
      inputTokens: prompt,
      inputByModality: byModality?.prompt ?? {},
      outputTokens: response + thoughts,
      outputByModality: byModality?.response ?? {},
      durationMs: Date.now() - this.#startedAtMs,
    };
  }

  #add(item: SessionItem): void {
    this.#items.push(item);
    if (this.#items.length > MAX_ITEMS) this.#items.shift();
    for (const { items } of this.#pending) items.push(item);
    this.#notify({ kind: 'item', item });
  }

  #notify(event: SessionEvent): void {
    const to = this.#audienceOf(event);
    // An empty list would be everyone.
    if (to?.length === 0) return;
    const message = { event, atMs: Date.now(), ...(to ? { to } : {}) };
    // A flood of counts and states must not take the place of what was said, and of tools, whose number is limited.
    if (event.kind === 'item' || event.kind === 'tools')
      this.#outbox.post(message, isOfTools(event) ? 'kept' : 'normal');
    else this.#outbox.postLatest(event.kind, message);
  }

  /** Undefined: everyone. Arguments and results of tools are for those of a `control` list. */
  #audienceOf(event: SessionEvent): readonly string[] | undefined {
    const { room, profile } = this.#options;
    if (isOfTools(event) && profile.control !== 'anyone') return audienceOf(room, profile, true);
    return profile.events.to === 'everyone' ? undefined : profile.events.to;
  }

  #answer(identity: string, id: string, answer: SessionAnswer): void {
    // Dropped before any event: a client that asks without end must not take the events of others.
    this.#outbox.post({ to: [identity], id, answer }, 'expendable');
  }
}
