// Repeats the cause of an outage to people who join during it: room events reach only participants who are present.
import type { RoomEventBody } from '../protocol/events.js';
import { isPerson } from '../room/people.js';
import type { Participant, RoomPort } from '../room/port.js';
import type { ConnectionState, ModelEvent } from '../session/port.js';
import { type ReportedEvent, reportOf } from '../turns/report.js';

export class Trouble {
  readonly #room: RoomPort;
  readonly #emit: (event: RoomEventBody) => void;
  #detach: () => void = () => {};
  #state: ConnectionState = 'connecting';
  #reason: string | undefined;
  #error: ReportedEvent | undefined;

  constructor(room: RoomPort, emit: (event: RoomEventBody) => void) {
    this.#room = room;
    this.#emit = emit;
  }

  start(): void {
    this.#detach = this.#room.onEvent((event) => {
      if (event.type === 'participant-joined') this.#joined(event.participant);
    });
  }

  close(): void {
    this.#detach();
  }

  observe(event: ModelEvent): void {
    // A numeric code is a close code or an HTTP status; other errors are not about the connection.
    if (event.type === 'error' && /^\d+$/.test(event.code)) this.#error = event;
    if (event.type !== 'connection') return;
    this.#state = event.state;
    this.#reason = event.reason;
    if (event.state === 'open') this.#error = undefined;
  }

  #joined(participant: Participant): void {
    if (this.#state === 'open' || !isPerson(participant)) return;
    if (this.#error) this.#emit(reportOf(this.#error));
    // The first connection is still being made: there is nothing to report yet.
    else if (this.#state === 'connecting') return;
    const reason = this.#reason === undefined ? {} : { reason: this.#reason };
    this.#emit({ type: 'session', state: this.#state, ...reason });
  }
}
