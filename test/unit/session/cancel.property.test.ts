// Words that were taken back, under losses in every phase and any order of events: never answered aloud, no tool runs.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeClock } from '../../support/fake-clock.js';
import { frame, handle, marks, speech, start } from '../../support/supervised.js';

const between = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
    fc.constant({ do: 'loss' as const }),
    fc.constant({ do: 'refused handle' as const }),
    fc.constant({ do: 'answer' as const }),
    fc.constant({ do: 'call' as const }),
    fc.constant({ do: 'complete' as const }),
    fc.constant({ do: 'interrupted' as const }),
    fc.constant({ do: 'words' as const }),
    fc.constant({ do: 'activity ended' as const }),
  ),
  { maxLength: 8 },
);

type Step = typeof between extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

test('is never answered aloud, is not sent again, and its tools never run', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(between, between, fc.boolean(), async (before, after, resumable) => {
      using clock = fakeClock();
      const { service, session, events, turns } = start({ manual: true });
      let calls = 0;
      const accept = async (): Promise<void> => {
        await clock.advance(1_200);
        const { wire } = service;
        if (wire.ended || wire.isOpen || wire.closes > 0) return;
        await wire.accept();
        if (resumable) wire.emit(handle);
        await clock.advance(300);
      };
      const play = async (step: Step): Promise<void> => {
        const { wire } = service;
        if (step.do === 'wait') return clock.advance(step.ms);
        if (step.do === 'loss' || step.do === 'refused handle') {
          wire.end(step.do === 'loss' ? {} : { code: 1008, reason: 'session not found' });
          return accept();
        }
        if (!wire.isOpen) return;
        if (step.do === 'answer')
          wire.emit(speech, { type: 'output-transcript', text: 'x', finished: false });
        if (step.do === 'call') {
          calls += 1;
          wire.emit({ type: 'tool-calls', calls: [{ id: `c${calls}`, name: 'pay', args: {} }] });
        }
        if (step.do === 'complete') wire.emit({ type: 'turn-complete' });
        if (step.do === 'interrupted') wire.emit({ type: 'interrupted' });
        if (step.do === 'words')
          wire.emit({ type: 'input-transcript', text: 'pay', finished: false, interim: false });
        if (step.do === 'activity ended') wire.emit({ type: 'activity', phase: 'ended' });
      };
      await accept();
      session.startActivity();
      for (let mark = 1; mark <= 10; mark += 1) session.sendAudio(frame(mark));
      session.endActivity();
      for (const step of before) await play(step);
      const cancelledAt = events.length;
      const sentBefore = service.wires.map((wire) => marks(wire.sent).length);
      const openBefore = session.openCalls.map(({ id }) => id);
      session.cancelTurn();
      // Within the time in which an answer is still expected.
      let waitedMs = 0;
      for (const step of after) {
        const startedMs = clock.nowMs;
        await play(step);
        waitedMs += clock.nowMs - startedMs;
        if (waitedMs > 8_000) break;
      }
      const heard = events.slice(cancelledAt);
      const phases = turns.slice(cancelledAt);
      const firstEnd = heard.findIndex(({ type }) => type === 'turn-complete' || type === 'interrupted');
      // What comes after a turn's end is of another turn, or of a service that answers twice.
      const limit = firstEnd < 0 ? heard.length : firstEnd;
      for (const [index, event] of heard.slice(0, limit).entries()) {
        if (event.type === 'audio' || event.type === 'output-transcript' || event.type === 'tool-calls')
          expect([event.type, phases[index]?.phase]).toEqual([event.type, 'cancelled']);
      }
      for (const [index, wire] of service.wires.entries())
        expect(marks(wire.sent).length).toBe(sentBefore[index] ?? 0);
      const left = new Set(session.openCalls.map(({ id }) => id));
      expect(openBefore.filter((id) => left.has(id))).toEqual([]);
      await session.close();
      expect(clock.timers).toBe(0);
    }),
    { numRuns: 400 },
  );
});

test('the next thing that is said is answered aloud', async () => {
  using clock = fakeClock();
  const { service, session, events, turns } = start({ manual: true });
  await service.wire.accept();
  const say = (mark: number): void => {
    session.startActivity();
    session.sendAudio(frame(mark));
    session.endActivity();
  };
  say(1);
  session.cancelTurn();
  service.wire.emit(speech, { type: 'turn-complete' });
  say(2);
  service.wire.emit(speech);
  await clock.advance(0);
  const phases = events.flatMap(({ type }, index) => (type === 'audio' ? [turns[index]?.phase] : []));
  expect(phases).toEqual(['cancelled', 'answering']);
  await session.close();
});
