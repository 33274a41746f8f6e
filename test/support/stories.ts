// Random stories, and what has to hold in each of them: the quick gate and the soak differ in their number alone.
import fc from 'fast-check';
import { fakeClock } from './fake-clock.js';
import { expectSound, Story } from './story.js';
import type { StoryStep } from './story-step.js';

const MODELS = [
  'gemini-3.8-live',
  'gemini-2.5-flash-native-audio-preview-12-2025',
  'gemini-live-2.5-flash-native-audio',
] as const;

const LOSSES = [
  { code: 1006, reason: '' },
  { code: 1011, reason: 'Internal error encountered.' },
  { code: 1008, reason: 'Operation is not implemented, or supported, or enabled.' },
  { code: 1007, reason: 'Request contains an invalid argument.' },
  { code: 1007, reason: 'The audio content type (CONTENT_TYPE_AUDIO) is not supported.' },
  { code: 1008, reason: 'The operation was aborted' },
];

const answer = fc.record({
  do: fc.constant('answer' as const),
  pieces: fc.integer({ min: 8, max: 12 }),
  wordsLateMs: fc.constantFrom(0, 0, 0, 700, 1_500, 4_000),
  turnComplete: fc.constantFrom('in time', 'in time', 'late', 'never'),
});

export const storyStep: fc.Arbitrary<StoryStep> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(4_000) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('say' as const), frames: fc.integer({ min: 15, max: 60 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'type' as const }) },
  { weight: 4, arbitrary: answer as fc.Arbitrary<StoryStep> },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('transcribe' as const),
      pieces: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('call' as const), twice: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('interrupt' as const), alone: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...LOSSES).map((loss) => ({ do: 'lose' as const, ...loss })),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'forget session' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('go away' as const), timeLeftMs: fc.nat(8_000) }),
  },
);

/** Throws with the shortest story in which something does not hold. */
export async function checkStories(runs: number, seed?: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...MODELS),
      fc.array(storyStep, { minLength: 4, maxLength: 25 }),
      async (model, steps) => {
        using clock = fakeClock();
        const story = new Story(clock, model);
        await clock.advance(400);
        for (const step of steps) await story.play(step);
        await story.settle();
        await story.close();
        expectSound(story);
      },
    ),
    { numRuns: runs, ...(seed === undefined ? {} : { seed }), endOnFailure: false },
  );
}
