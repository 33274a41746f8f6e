// The record of a call, collected from its facts: its people, turns, losses and figures. Pure: no clock, no I/O.
import type { CallFact } from './call-fact.js';
import {
  type CallRecordState,
  emptyRecord,
  end,
  joined,
  newTurn,
  type RecordedLoss,
  type RecordedTool,
  type RecordedTurn,
  type Transcript,
  withSaidBySeveral,
} from './recorded.js';
import { recordTool } from './recorded-tools.js';

type Json = Readonly<Record<string, unknown>>;
type Fact<T extends CallFact['type']> = Extract<CallFact, { type: T }>;
type EventFact = Fact<'event'>;
type Body<T extends EventFact['event']['type']> = Extract<EventFact['event'], { type: T }>;

/** Rotations that were planned, on the service's or on our side. */
const PLANNED: ReadonlySet<string> = new Set(['goAway', 'configure', 'lifetime']);
/** A call of a day fits; beyond it the oldest turns go. */
const MAX_TURNS = 5_000;
const MAX_ERRORS = 200;

/** The record of a call: its facts so far, from which the report is made. */
export class CallRecord {
  readonly #state: CallRecordState;
  /** The entry of the connection that is away; among the losses unless it was planned. */
  #away: RecordedLoss | undefined;

  /** @param restored what another process has collected of the call; it is copied */
  constructor(restored?: CallRecordState) {
    this.#state = restored ? structuredClone(restored) : emptyRecord();
    const last = this.#state.losses.at(-1);
    if (last?.restored === null) this.#away = last;
  }

  /** What another process needs to go on with this record: plain JSON, not a copy. */
  get state(): CallRecordState {
    return this.#state;
  }

  add(fact: CallFact): void {
    switch (fact.type) {
      case 'begun':
        this.#begun(fact);
        return;
      case 'trace':
        this.#state.trace = fact.trace;
        return;
      case 'moved':
        this.#state.movePlanned = fact.planned;
        return;
      case 'event':
        this.#event(fact);
        return;
      case 'user':
        this.#user(fact);
        return;
      case 'agent': {
        const turn = this.#turn(fact.turn, fact.at);
        turn.agent = joined(turn.agent, fact.text);
        return;
      }
      case 'cancelled':
        this.#cancelled(fact);
        return;
      case 'person':
        this.#person(fact);
        return;
      case 'audio':
        this.#state.audio.droppedMs += fact.droppedMs;
        this.#state.audio.underruns += fact.underruns;
    }
  }

  /** What has been said so far, as `get_transcript` answers. */
  get transcript(): Transcript {
    const { turns } = this.#state;
    return { turns: [...turns, ...this.#unanswered()].map(withSaidBySeveral) };
  }

  /** @param end the id of the call, when it ended and why */
  report(end: {
    readonly id: string;
    readonly room: string;
    readonly at: number;
    readonly reason: string;
  }): Json {
    const { begun, people, losses, usage, audio, errors, turnsLeftOut } = this.#state;
    return {
      v: 1,
      call: {
        id: end.id,
        room: end.room,
        agent: begun?.agent ?? null,
        startedAt: begun?.at ?? null,
        endedAt: end.at,
        reason: end.reason,
      },
      model: begun?.model ?? null,
      profile: begun?.profile ?? null,
      data: begun?.data ?? null,
      people,
      turns: this.transcript.turns.map((turn) => ({ ...turn, outcome: turn.outcome ?? 'interrupted' })),
      ...(turnsLeftOut > 0 ? { turnsLeftOut } : {}),
      losses,
      usage,
      audio,
      errors,
    };
  }

  /** For the second time in a process that has taken the call over: what was open in the earlier one is over. */
  #begun(fact: Fact<'begun'>): void {
    const { people, turns } = this.#state;
    if (!this.#state.begun) {
      const { type: _, ...begun } = fact;
      this.#state.begun = begun;
      return;
    }
    for (const person of people) {
      if (person.leftAt === null && !fact.present.includes(person.identity)) person.leftAt = fact.at;
    }
    for (const turn of turns) if (turn.outcome === undefined) end(turn, 'interrupted');
  }

  #event({ at, event }: EventFact): void {
    switch (event.type) {
      case 'turn':
        this.#onTurn(event, at);
        return;
      case 'speech':
        if (event.phase === 'started') this.#asking(at).by = event.participant;
        return;
      case 'tool.call': {
        const { id, name, args } = event;
        this.#toolsOfAnswer(event.turn, at).push({ id, name, args });
        return;
      }
      case 'tool.result':
      case 'tool.approval':
      case 'tool.cancelled':
        recordTool(this.#tools(), event, at);
        return;
      case 'usage':
        this.#onUsage(event, at);
        return;
      case 'latency': {
        const { type: _, turn, ...latency } = event;
        if (turn > 0) Object.assign(this.#turn(turn, at).latency, latency);
        return;
      }
      case 'session':
        this.#onSession(event, at);
        return;
      case 'error':
        this.#onError(event, at);
    }
  }

  #onTurn({ turn: id, phase, playedMs }: Body<'turn'>, at: number): void {
    const turn = this.#turn(id, at);
    if (playedMs !== undefined) turn.playedMs = playedMs;
    if ((phase === 'completed' || phase === 'interrupted') && turn.outcome !== 'cancelled') end(turn, phase);
  }

  #onUsage({ turn: id, prompt, response, thoughts, total }: Body<'usage'>, at: number): void {
    const turn = id > 0 ? this.#turn(id, at) : undefined;
    const { usage } = this.#state;
    for (const sum of turn ? [usage, turn.usage] : [usage]) {
      sum.prompt += prompt;
      sum.response += response;
      sum.thoughts += thoughts;
      sum.total += total;
    }
  }

  #onSession({ state, restored, reason, leftMs, leftTokens }: Body<'session'>, at: number): void {
    if (leftMs !== undefined || leftTokens !== undefined) return;
    const { losses } = this.#state;
    if (state === 'rotating' || state === 'waiting') {
      this.#away ??= { at, code: reason ?? 'unknown', restored: null, awayMs: null };
      const planned = PLANNED.has(this.#away.code) || this.#state.movePlanned;
      if ((state === 'waiting' || !planned) && !losses.includes(this.#away)) losses.push(this.#away);
      return;
    }
    const away = this.#away;
    if (!away || state !== 'open') return;
    this.#away = undefined;
    this.#state.movePlanned = false;
    away.restored = restored ?? 'none';
    away.awayMs = at - away.at;
    if (!losses.includes(away)) this.#state.planned += 1;
  }

  #onError({ code, message, fatal }: Body<'error'>, at: number): void {
    const { errors, turns } = this.#state;
    if (errors.length < MAX_ERRORS) errors.push({ at, code, message, fatal });
    const open = turns.at(-1);
    if (fatal && open?.outcome === undefined && open) end(open, 'error');
  }

  /** What was said of this turn was taken back, and its answer is kept from the room. */
  #cancelled({ turn: id }: Fact<'cancelled'>): void {
    const { turns } = this.#state;
    const open = turns.at(-1);
    const [taken] = this.#unanswered();
    this.#state.asked = null;
    // Without an answer it has no number: the next answer gets the one that it would have had.
    if (taken) turns.push({ ...taken, outcome: 'cancelled' });
    else if (open?.id === id && open.outcome !== 'completed') end(open, 'cancelled');
  }

  #user({ at, text, identity, identities, turn: answeredBy }: Fact<'user'>): void {
    if (text === '') return;
    const said = { by: identities ?? (identity === undefined ? [] : [identity]), text };
    const turn = this.#state.turns.findLast(({ id }) => id !== null && id === answeredBy);
    if (turn) {
      // They became final after the answer had begun.
      turn.said = [...(turn.said ?? []), said];
      turn.user = joined(turn.user, text);
      turn.by ??= identity ?? null;
      return;
    }
    const asked = this.#asking(at);
    asked.texts.push(text);
    asked.said = [...(asked.said ?? []), said];
    if (identity !== undefined) asked.by = identity;
  }

  /** Before it answers, the model calls tools under the number of its last turn: they belong to the next one. */
  #toolsOfAnswer(id: number, at: number): RecordedTool[] {
    const open = this.#state.turns.findLast((turn) => turn.id === id);
    if (open && open.outcome === undefined) return open.tools;
    const asked = this.#asking(at);
    asked.tools ??= [];
    return asked.tools;
  }

  #asking(at: number): NonNullable<CallRecordState['asked']> {
    this.#state.asked ??= { at, texts: [], by: null };
    return this.#state.asked;
  }

  /** The turn of that number; begun with what was asked before, where it is new. */
  #turn(id: number, at: number): RecordedTurn {
    const { turns, asked } = this.#state;
    const known = turns.findLast((turn) => turn.id === id);
    if (known) return known;
    this.#state.asked = null;
    const turn = newTurn(id, asked && asked.texts.length > 0 ? asked.at : at);
    turn.by = asked?.by ?? null;
    turn.user = asked?.texts.join(' ') ?? '';
    if (asked?.said) turn.said = asked.said;
    turn.tools.push(...(asked?.tools ?? []));
    turns.push(turn);
    if (turns.length > MAX_TURNS) {
      turns.shift();
      this.#state.turnsLeftOut += 1;
    }
    return turn;
  }

  #unanswered(): RecordedTurn[] {
    const { asked } = this.#state;
    if (!asked) return [];
    const { tools = [] } = asked;
    if (asked.texts.length === 0 && tools.length === 0) return [];
    const turn = newTurn(null, asked.at);
    const user = asked.texts.join(' ');
    const said = asked.said ? { said: asked.said } : {};
    return [{ ...turn, tools, by: asked.by, user, ...said, outcome: 'no_answer' }];
  }

  #tools(): RecordedTool[] {
    const { turns, asked } = this.#state;
    return [...turns.flatMap(({ tools }) => tools), ...(asked?.tools ?? [])];
  }

  #person({ at, phase, identity, name, kind, phone }: Fact<'person'>): void {
    const { people } = this.#state;
    const there = people.findLast((person) => person.identity === identity && person.leftAt === null);
    if (phase === 'left') {
      if (there) there.leftAt = at;
    } else if (!there)
      people.push({ identity, name, kind, ...(phone ? { phone } : {}), joinedAt: at, leftAt: null });
  }
}
