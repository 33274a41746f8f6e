// The supervisor under whatever order of losses, rotations, calls and answers: nothing acknowledged is lost.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ToolCall } from '../../../src/session/port.js';
import { fakeClock } from '../../support/fake-clock.js';
import type { FakeWire } from '../../support/fake-wire.js';
import { frame, handle, marks, type Setup, speech, start } from '../../support/supervised.js';

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(3_000) }) },
  { weight: 3, arbitrary: fc.constant({ do: 'accept' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'call' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const), nth: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), nth: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'model speaks' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'turn ends' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('person speaks' as const), frames: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'loss' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'deaf to closing' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('go away' as const), timeLeftMs: fc.nat(5_000) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Simulates the service and the room, and records what the properties need. */
class Story {
  readonly setup: Setup = start();
  readonly calls: ToolCall[] = [];
  /** Answers that the session has taken, with those connections that the model went on over after it had them. */
  readonly answered = new Map<string, { confirmed: boolean }>();
  readonly cancelled = new Set<string>();
  /** The model is in the middle of a turn, which says nothing of answers that it gets meanwhile. */
  #answering: FakeWire | undefined;
  #marks = 0;

  get #wire(): FakeWire {
    return this.setup.service.wire;
  }

  async play(one: Step, clock: { advance(ms: number): Promise<void> }): Promise<void> {
    const { session } = this.setup;
    switch (one.do) {
      case 'wait':
        return clock.advance(one.ms);
      case 'accept':
        return this.#accept(clock);
      case 'call':
        return this.#call();
      case 'answer':
        return this.#answer(one.nth);
      case 'cancel':
        return this.#cancel(one.nth);
      case 'model speaks':
        return this.#speak();
      case 'turn ends':
        this.#answering = undefined;
        return this.#wire.emit({ type: 'turn-complete' });
      case 'person speaks':
        for (let index = 0; index < one.frames; index += 1) {
          this.#marks += 1;
          session.sendAudio(frame(this.#marks));
        }
        return;
      case 'loss':
        this.#answering = undefined;
        return this.#wire.end();
      case 'deaf to closing':
        this.#wire.answersClose = false;
        return;
      case 'go away':
        return this.#wire.emit({ type: 'go-away', timeLeftMs: one.timeLeftMs });
    }
  }

  async #accept(clock: { advance(ms: number): Promise<void> }): Promise<void> {
    if (this.#wire.ended || this.#wire.isOpen || this.#wire.closes > 0) return;
    await this.#wire.accept();
    await clock.advance(0);
    this.#wire.emit(handle);
  }

  /** Only an open socket brings messages; one that is being closed may still. */
  get #speaks(): boolean {
    return !this.#wire.ended && (this.#wire.isOpen || this.#wire.closes > 0);
  }

  #call(): void {
    if (!this.#speaks) return;
    const call = { id: `c${this.calls.length}`, name: 'weather', args: {} };
    this.calls.push(call);
    this.#onModel();
    this.#wire.emit({ type: 'tool-calls', calls: [call] });
  }

  #answer(nth: number): void {
    const call = this.calls[nth];
    if (!call) return;
    if (!this.cancelled.has(call.id) && !this.answered.has(call.id))
      this.answered.set(call.id, { confirmed: false });
    this.setup.session.sendToolResults([{ id: call.id, name: call.name, response: {} }]);
  }

  #cancel(nth: number): void {
    const call = this.calls[nth];
    if (!call || !this.#speaks) return;
    this.cancelled.add(call.id);
    this.#wire.emit({ type: 'tool-cancelled', ids: [call.id] });
  }

  #speak(): void {
    if (!this.#speaks) return;
    this.#onModel();
    this.#wire.emit(speech);
  }

  /** The model begins something: what it had been sent by then has reached it. */
  #onModel(): void {
    if (this.#answering === this.#wire) return;
    this.#answering = this.#wire;
    for (const id of sentOn(this.#wire)) {
      const answer = this.answered.get(id);
      if (answer) answer.confirmed = true;
    }
  }

  /** The connection that lasts. */
  async settle(clock: { advance(ms: number): Promise<void> }): Promise<void> {
    for (let seconds = 0; seconds < 30; seconds += 1) {
      await this.#accept(clock);
      // A connection gives up waiting for the other side of a close, too.
      if (this.#wire.closes > 0) this.#wire.end({ code: 1006, expected: true });
      await clock.advance(1_000);
    }
  }

  check(): void {
    const { service } = this.setup;
    for (const wire of service.wires) {
      const ids = sentOn(wire);
      expect(new Set(ids).size).toBe(ids.length);
    }
    const last = new Set(sentOn(service.wire));
    for (const [id, { confirmed }] of this.answered)
      if (!this.cancelled.has(id)) expect([id, confirmed || last.has(id)]).toEqual([id, true]);
    const heard = new Set(service.wires.flatMap((wire) => marks(wire.sent)));
    for (let mark = 1; mark <= this.#marks; mark += 1) expect([mark, heard.has(mark)]).toEqual([mark, true]);
    for (const wire of service.wires)
      expect(marks(wire.sent)).toEqual(marks(wire.sent).toSorted((a, b) => a - b));
  }
}

function sentOn(wire: FakeWire): string[] {
  return wire.of('tool-results').flatMap(({ results }) => results.map(({ id }) => id));
}

test('no answer of a tool is lost or sent twice over one connection, no word is lost, one socket at a time', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      using clock = fakeClock();
      const story = new Story();
      await story.play({ do: 'accept' }, clock);
      for (const one of steps) {
        await story.play(one, clock);
        expect(story.setup.service.alive).toBeLessThanOrEqual(1);
      }
      await story.settle(clock);
      expect(story.setup.session.state.phase).toBe('open');
      story.check();
      await story.setup.session.close();
    }),
    { numRuns: 1500 },
  );
});
