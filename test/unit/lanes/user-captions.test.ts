// People's captions: each utterance one segment, shown as it grows, with exactly one final in time.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { UserCaptions } from '../../../src/lanes/user-captions.js';
import type { Caption } from '../../../src/turns/caption.js';
import {
  HYPOTHESIS_FINAL_MS,
  IDLE_FINAL_MS,
  SPEAKING_FINAL_MS,
  type UtteranceInput,
} from '../../../src/turns/utterance.js';
import { fakeClock } from '../../support/fake-clock.js';

class Rig {
  readonly published: (Caption & { readonly atMs: number })[] = [];
  readonly finals: string[] = [];
  readonly captions = new UserCaptions({
    publish: ({ utterance, ...caption }) =>
      this.published.push({ segment: `SG_${utterance}`, ...caption, atMs: performance.now() }),
    onFinal: (text) => this.finals.push(text),
  });

  say(text: string, options: { finished?: boolean; interim?: boolean } = {}): void {
    this.captions.advance({ type: 'input-transcript', text, finished: false, interim: false, ...options });
  }

  /** What was published, without its time. */
  get told(): readonly Caption[] {
    return this.published.map(({ segment, text, final }) => ({ segment, text, final }));
  }
}

describe('the captions of a person', () => {
  test('grow in one segment and are final 1.5 s after the last word', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    const startMs = clock.nowMs;
    rig.say('go');
    await clock.advance(400);
    rig.say(' forward');
    await clock.advance(5_000);
    expect(rig.told).toEqual([
      { segment: 'SG_1', text: 'go', final: false },
      { segment: 'SG_1', text: 'go forward', final: false },
      { segment: 'SG_1', text: 'go forward', final: true },
    ]);
    const finalMs = (rig.published.at(-1)?.atMs ?? 0) - startMs;
    expect(finalMs).toBeGreaterThanOrEqual(1_900);
    expect(finalMs).toBeLessThanOrEqual(1_910);
    expect(rig.finals).toEqual(['go forward']);
    expect(clock.timers).toBe(0);
  });

  test('are final 300 ms after the end of speech', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.say('go forward');
    rig.captions.advance({ type: 'activity', phase: 'ended' });
    await clock.advance(299);
    expect(rig.finals).toEqual([]);
    await clock.advance(10);
    expect(rig.finals).toEqual(['go forward']);
  });

  test('are final also when the timer fires early by the clock that they are measured with', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    // Timers and this clock are not the same clock.
    const now = vi.spyOn(performance, 'now');
    now.mockReturnValue(clock.nowMs + 40);
    rig.say('go forward');
    now.mockRestore();
    await clock.advance(2_000);
    expect(rig.finals).toEqual(['go forward']);
    expect(clock.timers).toBe(0);
  });

  test('end with the call', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.say('good', { interim: true });
    rig.captions.close();
    rig.captions.close();
    await clock.advance(5_000);
    expect(rig.finals).toEqual(['good']);
    expect(clock.timers).toBe(0);
  });

  test('are published by a lane that nobody asked for the finals, too', () => {
    const published: Caption[] = [];
    const captions = new UserCaptions({
      publish: ({ utterance, ...caption }) => published.push({ segment: String(utterance), ...caption }),
    });
    captions.advance({ type: 'input-transcript', text: 'yes', finished: true, interim: false });
    expect(published).toEqual([{ segment: '1', text: 'yes', final: true }]);
  });
});

describe('whatever the order of fragments, activities and answers', () => {
  type PersonEvent = UtteranceInput | { readonly type: 'wait'; readonly ms: number };
  const personEvent: fc.Arbitrary<PersonEvent> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('input-transcript' as const),
        text: fc.constantFrom('go ', 'forward', ' ten', '', ' '),
        finished: fc.boolean(),
        interim: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom('started', 'ended')
        .map((phase): PersonEvent => ({ type: 'activity', phase })),
    },
    { weight: 1, arbitrary: fc.constantFrom<PersonEvent>({ type: 'answered' }, { type: 'flush' }) },
    {
      weight: 3,
      arbitrary: fc.integer({ min: 0, max: 2_000 }).map((ms): PersonEvent => ({ type: 'wait', ms })),
    },
  );

  /** A hypothesis is waited for longer: the words that take its place may be late. So is a person who goes on. */
  const lateMs = (list: readonly PersonEvent[]) =>
    list.some((one) => one.type === 'activity' && one.phase === 'started')
      ? SPEAKING_FINAL_MS
      : list.some((one) => one.type === 'input-transcript' && one.interim)
        ? HYPOTHESIS_FINAL_MS
        : IDLE_FINAL_MS;

  test('each segment ends with exactly one final, as late as its words allow, without anybody closing it', async () => {
    using clock = fakeClock();
    await fc.assert(
      fc.asyncProperty(fc.array(personEvent, { maxLength: 25 }), async (list) => {
        const rig = new Rig();
        for (const one of list) {
          if (one.type === 'wait') await clock.advance(one.ms);
          else rig.captions.advance(one);
        }
        await clock.advance(lateMs(list) + 10);
        const segments = [...new Set(rig.published.map(({ segment }) => segment))];
        expect(segments).toEqual(segments.map((_, index) => `SG_${index + 1}`));
        for (const segment of segments) {
          const captions = rig.published.filter((caption) => caption.segment === segment);
          expect(captions.filter(({ final }) => final)).toEqual(captions.slice(-1));
        }
        expect(rig.finals).toHaveLength(segments.length);
        expect(clock.timers).toBe(0);
      }),
    );
  });
});

test('thousands of utterances at once are few captions, and no word of them is lost', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  const words = Array.from({ length: 3_000 }, (_, nth) => `u${nth}`);
  for (const word of words) rig.say(`${word} `, { finished: true });
  await clock.advance(60_000);
  const finals = rig.told.filter(({ final }) => final);
  expect(finals.length).toBeLessThan(30);
  expect(finals.map(({ text }) => text).join(' ')).toBe(words.join(' '));
});
