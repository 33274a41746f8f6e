// Stories about the supervisor: given a session, when people speak and the service does something, then so much of it
// reaches the service. The service is played by the story, time is the fake clock's, and an end leaves no timer behind.
import { expect } from 'vitest';
import type { PcmChunk } from '../../src/audio/pcm.js';
import type { ModelEvent } from '../../src/session/port.js';
import type { CloseInfo } from '../../src/session/wire.js';
import { type FakeClock, fakeClock } from './fake-clock.js';
import type { FakeService, FakeWire } from './fake-wire.js';
import { frame, type StartOptions, start } from './supervised.js';

/** Given a session whose first connection has been asked for, and is not accepted yet. */
export function given(options: StartOptions = {}): Scenario {
  return new Scenario(options);
}

/** Given a session that is open, and what the service has sent since. */
export async function givenOpen(options: StartOptions = {}, ...events: ModelEvent[]): Promise<Scenario> {
  const scenario = new Scenario(options);
  await scenario.serviceAccepts();
  scenario.serviceSends(...events);
  return scenario;
}

/** From `first` to `last`, both included. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export class Scenario implements AsyncDisposable {
  readonly clock: FakeClock = fakeClock();
  readonly service: FakeService;
  readonly #started: ReturnType<typeof start>;

  constructor(options: StartOptions) {
    this.#started = start(options);
    this.service = this.#started.service;
  }

  get session() {
    return this.#started.session;
  }

  /** What the session has told its listener, in order. */
  get events(): readonly ModelEvent[] {
    return this.#started.events;
  }

  // When …

  /** Speech, one marked frame of 20 ms for each number, all in one moment. */
  speech(first: number, last = first): void {
    for (const mark of range(first, last)) this.session.sendAudio(frame(mark));
  }

  /** The same as it is spoken: 20 ms pass after each frame. */
  async speechInTime(first: number, last: number): Promise<void> {
    for (const mark of range(first, last)) {
      this.session.sendAudio(frame(mark));
      await this.time(20);
    }
  }

  /** So many frames of silence, in one moment. */
  silence(frames: number): void {
    for (let index = 0; index < frames; index += 1) this.session.sendAudio(frame(0, false));
  }

  async silenceInTime(frames: number): Promise<void> {
    for (let index = 0; index < frames; index += 1) {
      this.silence(1);
      await this.time(20);
    }
  }

  /** Below the level of speech, marked as it is. */
  softSounds(first: number, last: number): void {
    for (const mark of range(first, last)) {
      const chunk: PcmChunk = { samples: new Int16Array(320).fill(mark), rate: 16_000 };
      this.session.sendAudio(chunk);
    }
  }

  /** The service accepts the newest connection. */
  serviceAccepts(): Promise<void> {
    return this.service.wire.accept();
  }

  serviceSends(...events: ModelEvent[]): void {
    this.service.wire.emit(...events);
  }

  /** The newest connection ends, without a word unless one is given. */
  connectionEnds(info: Partial<CloseInfo> = {}): void {
    this.service.wire.end(info);
  }

  time(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  // Then …

  /** The newest connection. */
  get connection(): FakeWire {
    return this.service.wire;
  }

  get connections(): number {
    return this.service.wires.length;
  }

  /** How often the session has closed each connection, in order. */
  get closes(): number[] {
    return this.service.wires.map(({ closes }) => closes);
  }

  /** The kinds of what the newest connection was sent. */
  get sent(): string[] {
    return this.connection.sent.map(({ type }) => type);
  }

  /** The marks of all audio that the newest connection was sent; silence is 0 - 2 000. */
  get marks(): number[] {
    return this.connection.of('audio').map(({ chunk }) => (chunk.samples[0] ?? 0) - 2_000);
  }

  /** The marks of its speech alone. */
  get spoken(): number[] {
    return this.marks.filter((mark) => mark > 0);
  }

  eventsOf<T extends ModelEvent['type']>(type: T): Extract<ModelEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<ModelEvent, { type: T }> => event.type === type);
  }

  /** Ends the session, which leaves neither a connection nor a timer behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.session.close();
      expect({ alive: this.service.alive, timers: this.clock.timers }).toEqual({ alive: 0, timers: 0 });
    } finally {
      this.clock[Symbol.dispose]();
    }
  }
}
