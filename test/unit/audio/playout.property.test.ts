// The voice's feed under arbitrary writes, flushes and interruptions.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Playout } from '../../../src/audio/playout.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeSink } from '../../support/fake-sink.js';

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.integer({ min: 1, max: 9_000 }).map((samples) => ({ type: 'write' as const, samples })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(1, 479, 480, 481).map((samples) => ({ type: 'write' as const, samples })),
  },
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 400 }).map((ms) => ({ type: 'wait' as const, ms })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 700 }).map((ms) => ({ type: 'block' as const, ms })) },
  { weight: 2, arbitrary: fc.constant({ type: 'flush' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'clear' as const }) },
);

/** Audio between two clears: each has a sample value of its own. */
interface Stretch {
  readonly value: number;
  written: number;
}

test('what was not cleared is played whole and in order, what was cleared is never heard after it', async () => {
  using clock = fakeClock();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
      const sink = new FakeSink();
      let heardBefore = 0;
      const playout = new Playout({
        sink,
        onProgress: (heard) => {
          expect(heard).toBeGreaterThanOrEqual(heardBefore);
          heardBefore = heard;
        },
        onStall: () => {
          throw new Error('the source never stalls here');
        },
        onError: (error) => {
          throw error;
        },
      });
      const stretches: Stretch[] = [{ value: 1, written: 0 }];
      let playedWhenCleared = 0;
      for (const one of steps) {
        const stretch = stretches.at(-1) as Stretch;
        if (one.type === 'wait') await clock.advance(one.ms);
        else if (one.type === 'block') {
          clock.block(one.ms);
          // A real loop fires an interval once however long it was blocked, and then hears the source's answers;
          // two blocks in a row without that would fire it as often as it was due.
          await clock.settle();
        } else if (one.type === 'flush') playout.flush();
        else if (one.type === 'clear') {
          const reached = playout.clear();
          expect(playout.written).toBe(reached);
          playedWhenCleared = sink.played.length;
          stretches.push({ value: stretch.value + 1, written: 0 });
        } else {
          playout.write(new Int16Array(one.samples).fill(stretch.value));
          stretch.written += one.samples;
        }
        expect(playout.heard).toBeLessThanOrEqual(playout.written);
        expect(playout.heard).toBeGreaterThanOrEqual(heardBefore);
      }
      playout.flush();
      await clock.advance((playout.written - playout.heard) / 24 + 500);

      const sound = sink.played.filter((sample) => sample !== 0);
      const last = stretches.at(-1) as Stretch;
      expect([...sound]).toEqual([...sound].sort((a, b) => a - b));
      for (const { value, written } of stretches) {
        const played = sound.filter((sample) => sample === value).length;
        if (value === last.value) expect(played).toBe(written);
        else expect(played).toBeLessThanOrEqual(written);
      }
      const afterClear = sink.played.subarray(playedWhenCleared).filter((sample) => sample !== 0);
      expect(afterClear.every((sample) => sample === last.value)).toBe(true);
      expect(sink.faults).toEqual([]);
      expect(playout.underruns).toBeLessThanOrEqual(sink.gaps);
      expect(playout.heard).toBe(playout.written);
      expect(heardBefore).toBe(playout.written);
      playout.close();
      expect(clock.timers).toBe(0);
    }),
    { numRuns: 60 },
  );
});
