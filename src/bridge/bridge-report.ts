// What a call leaves behind beside its room: facts for metrics and the call's report, and the record of the call.
import type { MessagesObserver } from '../lanes/room-messages.js';
import { isPerson, phoneOf } from '../room/people.js';
import type { Participant } from '../room/port.js';
import type { ModelSession } from '../session/port.js';
import { type CallFact, type CallFactBody, factReporter } from '../turns/call-fact.js';
import { CallRecord } from '../turns/call-record.js';
import type { CallRecordState } from '../turns/recorded.js';
import { TraceContext } from '../turns/trace-context.js';
import type { BridgeOptions } from './options.js';

export interface BridgeReportOptions extends Pick<BridgeOptions, 'room' | 'profile'> {
  /** Called with each fact; it holds what was said. */
  readonly onFact?: (fact: CallFact) => void;
  /** Whether this deployment exports spans. */
  readonly traced?: boolean;
  readonly vertex?: boolean;
  /** What earlier processes have collected of this call. */
  readonly restored?: CallRecordState;
}

/** Figures of this process that only rise. */
export interface AudioFigures {
  readonly session: Pick<ModelSession, 'droppedMs'>;
  readonly output: { readonly underruns: number };
}

export class BridgeReport {
  readonly record: CallRecord;
  readonly add: (fact: CallFactBody) => void;
  readonly #options: BridgeReportOptions;
  #trace: TraceContext | undefined;
  #detach: () => void = () => {};
  #figures: AudioFigures | undefined;
  #droppedMs = 0;
  #underruns = 0;

  constructor(options: BridgeReportOptions) {
    this.#options = options;
    this.record = new CallRecord(options.restored);
    this.add = factReporter((fact) => {
      this.record.add(fact);
      options.onFact?.(fact);
    });
  }

  /** What the room's messages are reported to: the record, then the lanes that follow them. */
  observer(followers: () => readonly (MessagesObserver | undefined)[]): MessagesObserver {
    return {
      event: (event) => {
        this.add({ type: 'event', event });
        // At each turn: a process that is killed takes with it only what it has not reported yet.
        if (event.type === 'turn' || event.type === 'session') this.#audio();
        for (const follower of followers()) follower?.event(event);
      },
      state: (state) => {
        for (const follower of followers()) follower?.state(state);
      },
    };
  }

  /** The call begins, with those who are in the room. */
  start(figures: AudioFigures): void {
    this.#figures = figures;
    const { room, profile } = this.#options;
    const { data, profile: name, traceparent } = profile;
    const people = room.participants().filter(isPerson);
    this.add({
      type: 'begun',
      room: room.name,
      agent: room.identity,
      model: profile.model,
      ...(name === undefined ? {} : { profile: name }),
      ...(data === undefined ? {} : { data }),
      modality: profile.modality,
      vertex: this.#options.vertex ?? false,
      present: people.map(({ identity }) => identity),
      tools: Object.fromEntries(profile.tools.map(({ declaration, run }) => [declaration.name, run.by])),
    });
    this.#trace = new TraceContext({
      incoming: [traceparent, (data as { readonly traceparent?: unknown } | undefined)?.traceparent],
      exported: this.#options.traced ?? false,
      restored: this.record.state.trace ?? null,
      onTrace: (trace) => this.add({ type: 'trace', trace }),
    });
    for (const person of people) this.#person('joined', person);
    this.#detach = room.onEvent((event) => {
      if (event.type === 'participant-joined') this.#person('joined', event.participant);
      else if (event.type === 'participant-left') this.#person('left', event.participant);
    });
  }

  /** The trace context of a tool call, for what it calls. */
  traceparent(callId: string): string | undefined {
    return this.#trace?.ofTool(callId);
  }

  close(): void {
    this.#detach();
    this.#audio();
  }

  #audio(): void {
    if (!this.#figures) return;
    const { droppedMs = 0 } = this.#figures.session;
    const { underruns } = this.#figures.output;
    if (droppedMs === this.#droppedMs && underruns === this.#underruns) return;
    this.add({
      type: 'audio',
      droppedMs: droppedMs - this.#droppedMs,
      underruns: underruns - this.#underruns,
    });
    this.#droppedMs = droppedMs;
    this.#underruns = underruns;
  }

  #person(phase: 'joined' | 'left', participant: Participant): void {
    const { identity, name = '', kind } = participant;
    if (!isPerson(participant)) return;
    if (phase === 'joined') this.#trace?.person(participant.attributes ?? {});
    const phone = phoneOf(participant);
    this.add({ type: 'person', phase, identity, name, kind, ...(phone ? { phone } : {}) });
  }
}
