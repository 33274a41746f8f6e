// The conversation under arbitrary orders of events: what must hold whatever the service, people and network do.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LATE_AUDIO_GAP_MS, LATE_AUDIO_MS, SAME_BARGE_IN_MS } from '../../../src/session/turn-tracker.js';
import {
  type ConversationEffect,
  type ConversationInput,
  openTurn,
} from '../../../src/turns/conversation.js';
import { chunkOf, type EffectOf, SAMPLES_PER_MS, Stage } from './stage.js';

type PersonEvent =
  | ConversationInput
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'hear'; readonly ms: number };

const waits = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 2, arbitrary: fc.integer({ min: 100, max: 2_000 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(SAME_BARGE_IN_MS - 1, SAME_BARGE_IN_MS, LATE_AUDIO_MS - 1, LATE_AUDIO_MS),
  },
);

const personEvent: fc.Arbitrary<PersonEvent> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .integer({ min: 0, max: 680 })
      .map((ms): PersonEvent => ({ type: 'audio', chunk: chunkOf(ms) })),
  },
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 900 }).map((ms): PersonEvent => ({ type: 'hear', ms })) },
  { weight: 4, arbitrary: waits.map((ms): PersonEvent => ({ type: 'wait', ms })) },
  {
    weight: 3,
    arbitrary: fc.constant<PersonEvent>({ type: 'output-transcript', text: '?', finished: false }),
  },
  { weight: 1, arbitrary: fc.constant<PersonEvent>({ type: 'text', text: '?' }) },
  { weight: 3, arbitrary: fc.constant<PersonEvent>({ type: 'turn-complete' }) },
  { weight: 2, arbitrary: fc.constant<PersonEvent>({ type: 'generation-complete' }) },
  { weight: 3, arbitrary: fc.constant<PersonEvent>({ type: 'interrupted' }) },
  { weight: 1, arbitrary: fc.constant<PersonEvent>({ type: 'interrupt' }) },
  { weight: 1, arbitrary: fc.constant<PersonEvent>({ type: 'tool-calls', calls: [] }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<PersonEvent>(
      { type: 'activity', phase: 'started' },
      { type: 'activity', phase: 'ended' },
    ),
  },
  { weight: 1, arbitrary: fc.constant<PersonEvent>({ type: 'person-started' }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('connecting', 'open', 'rotating', 'waiting', 'closed')
      .map((state): PersonEvent => ({ type: 'connection', state })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<PersonEvent>(
      { type: 'thought', text: '' },
      { type: 'tool-cancelled', ids: [] },
    ),
  },
);

/** Texts get names of their own, so that each can be followed. */
const happenings = fc
  .array(personEvent, { minLength: 1, maxLength: 60 })
  .map((list) =>
    list.map(
      (one, index): PersonEvent => ('text' in one && one.text === '?' ? { ...one, text: `<${index}>` } : one),
    ),
  );

interface Played {
  readonly stage: Stage;
  readonly effects: readonly ConversationEffect[];
  /** Each step: what went in, what came out, and how the playout stood around it. */
  readonly steps: readonly {
    readonly input: ConversationInput;
    readonly effects: readonly ConversationEffect[];
    readonly atMs: number;
    readonly open: boolean;
    readonly before: { readonly written: number; readonly heard: number };
    readonly after: {
      readonly written: number;
      readonly heard: number;
      readonly expectsMore: boolean;
      readonly open: boolean;
    };
  }[];
}

function perform(list: readonly PersonEvent[], bargeIn = true): Played {
  const stage = new Stage({ bargeIn });
  const steps: Played['steps'][number][] = [];
  const step = (input: ConversationInput): void => {
    const { written, heard, atMs } = stage;
    const open = openTurn(stage.conversation) !== undefined;
    const effects = stage.send(input);
    steps.push({
      input,
      effects,
      atMs,
      open,
      before: { written, heard },
      after: {
        written: stage.written,
        heard: stage.heard,
        expectsMore: stage.expectsMore,
        open: openTurn(stage.conversation) !== undefined,
      },
    });
  };
  for (const one of list) {
    if (one.type === 'wait') stage.wait(one.ms);
    else if (one.type === 'hear') {
      stage.wait(one.ms);
      stage.heard = Math.min(stage.written, stage.heard + one.ms * SAMPLES_PER_MS);
      step({ type: 'progress' });
    } else step(one);
  }
  return { stage, steps, effects: stage.effects };
}

/** Everything is heard and the service says turnComplete: nothing may stay unfinished. */
function settle(played: Played): void {
  played.stage.generationComplete();
  played.stage.turnComplete();
  played.stage.heard = played.stage.written;
  played.stage.send({ type: 'progress' });
}

function of<T extends ConversationEffect['type']>(
  effects: readonly ConversationEffect[],
  type: T,
): EffectOf<T>[] {
  return effects.filter((effect): effect is EffectOf<T> => effect.type === type);
}

function check(property: (played: Played) => void, bargeIn = fc.boolean()): void {
  fc.assert(
    fc.property(happenings, bargeIn, (list, allowed) => property(perform(list, allowed))),
    { numRuns: 400 },
  );
}

describe('the gate', () => {
  test('drops every chunk that comes after an interruption and before anything that opens it, and no other', () => {
    check(({ steps, stage }) => {
      let cut: { atMs: number; lastMs: number } | undefined;
      let silenced = false;
      let spoke = false;
      let answer: 'none' | 'going' | 'generated' | 'followed' = 'none';
      let dropped = 0;
      for (const { input, effects, atMs, open } of steps) {
        const isActivity = input.type === 'activity' && input.phase === 'started';
        if (cut && isActivity && atMs - cut.atMs >= SAME_BARGE_IN_MS) cut = undefined;
        if (cut && (input.type === 'tool-calls' || atMs - cut.atMs >= LATE_AUDIO_MS)) cut = undefined;
        const gone = input.type === 'connection' && input.state !== 'open' && input.state !== 'connecting';
        if (input.type === 'turn-complete' || gone) {
          cut = undefined;
          silenced = false;
          answer = 'none';
        }
        if (input.type === 'generation-complete' && answer === 'going')
          answer = spoke ? 'followed' : 'generated';
        if (input.type === 'tool-calls' && answer !== 'none') answer = 'going';
        if (isActivity && answer !== 'none') spoke = true;
        if (spoke && input.type === 'activity' && answer === 'generated') answer = 'followed';

        const isContent = input.type === 'audio' ? input.chunk.samples.length > 0 : input.type === 'text';
        if (isContent) {
          const isLate = cut !== undefined && atMs - cut.lastMs < LATE_AUDIO_GAP_MS;
          // turnComplete is missing: this is the answer to what was said since.
          if (answer === 'followed') silenced = false;
          if (!isLate && answer !== 'generated') {
            if (answer !== 'going') spoke = false;
            answer = 'going';
          }
          if (isLate || silenced) {
            expect(effects).toEqual([]);
            dropped += 1;
            if (cut && isLate) cut.lastMs = atMs;
          } else {
            cut = undefined;
            if (input.type === 'audio')
              expect(of(effects, 'play').map(({ chunk }) => chunk)).toEqual([input.chunk]);
          }
        } else expect(of(effects, 'play')).toEqual([]);

        if (input.type === 'interrupted') {
          cut = { atMs, lastMs: atMs };
          silenced = false;
          answer = 'none';
        }
        if (input.type === 'interrupt' && open) silenced = true;
      }
      expect(stage.conversation.droppedChunks).toBe(dropped);
    });
  });
});

describe('turns', () => {
  test('are numbered from 1 by one, and only the last can be open', () => {
    check(({ stage, steps, effects }) => {
      const started = of(effects, 'turn').filter(({ phase }) => phase === 'started');
      const ids = started.map(({ turn }) => turn);
      // An answer of which the room has silenced the first words before they could be heard keeps its number.
      const silences = steps.filter(({ input }) => input.type === 'interrupt').length;
      if (silences === 0) expect(ids).toEqual(ids.map((_, index) => index + 1));
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      const unfinished = stage.conversation.turns;
      expect(unfinished.slice(0, -1).every(({ end }) => end !== undefined)).toBe(true);
    });
  });

  test('are opened by something to hear or to read alone', () => {
    check(({ steps }) => {
      for (const { input, effects } of steps) {
        if (!effects.some((effect) => effect.type === 'turn' && effect.phase === 'started')) continue;
        if (input.type === 'turn-complete') expect(of(effects, 'text')).toHaveLength(1);
        else expect(['audio', 'text']).toContain(input.type);
      }
    });
  });

  test('end exactly once each, the oldest first, once the service is done and playout has caught up', () => {
    check((played) => {
      settle(played);
      const started = of(played.effects, 'turn').filter(({ phase }) => phase === 'started');
      const ended = of(played.effects, 'turn-ended');
      expect(ended.map(({ turn }) => turn)).toEqual(started.map(({ turn }) => turn));
      expect(played.stage.conversation.turns).toEqual([]);
    });
  });

  test('are generated at most once, while they are open', () => {
    check(({ steps, effects }) => {
      const generated = of(effects, 'turn').filter(({ phase }) => phase === 'generated');
      expect(new Set(generated.map(({ turn }) => turn)).size).toBe(generated.length);
      for (const step of steps) {
        if (step.effects.some((effect) => effect.type === 'turn' && effect.phase === 'generated')) {
          expect(step.input.type).toBe('generation-complete');
          expect(step.open).toBe(true);
        }
      }
    });
  });

  test('were never played longer than the audio they got, nor together longer than was heard', () => {
    check((played) => {
      settle(played);
      const accepted = new Map<number, number>();
      for (const { turn, chunk } of of(played.effects, 'play')) {
        accepted.set(turn, (accepted.get(turn) ?? 0) + chunk.samples.length / SAMPLES_PER_MS);
      }
      let together = 0;
      for (const { turn, playedMs, phase, truncated } of of(played.effects, 'turn-ended')) {
        const all = accepted.get(turn) ?? 0;
        expect(playedMs).toBeGreaterThanOrEqual(0);
        expect(playedMs).toBeLessThanOrEqual(all);
        if (phase === 'completed') expect(playedMs).toBe(all);
        if (phase === 'interrupted') expect(truncated).toBe(true);
        together += playedMs;
      }
      expect(together).toBe(played.stage.heard / SAMPLES_PER_MS);
    });
  });

  test('say from where to where they were heard, in stretches of the playout that follow one another', () => {
    check((played) => {
      settle(played);
      let reached = 0;
      for (const { start, heard, end, playedMs } of of(played.effects, 'turn-ended')) {
        expect(heard - start).toBe(playedMs * SAMPLES_PER_MS);
        expect(heard).toBeLessThanOrEqual(end);
        // What was taken back unheard leaves its place to the next.
        if (playedMs === 0) continue;
        expect(start).toBeGreaterThanOrEqual(reached);
        reached = heard;
      }
      expect(reached).toBe(played.stage.heard);
    });
  });
});

describe('the playout', () => {
  test('holds nothing unheard after an interruption of any kind', () => {
    check(({ steps }) => {
      for (const { input, after, effects } of steps) {
        const isInterruption = input.type === 'interrupted' || input.type === 'interrupt';
        if (isInterruption || of(effects, 'clear').length > 0) expect(after.written).toBe(after.heard);
      }
    });
  });

  test('is cleared by interruptions alone, and by a person only where they may interrupt', () => {
    check(({ steps, stage }) => {
      for (const { input, effects, open, before } of steps) {
        if (of(effects, 'clear').length === 0) continue;
        expect(before.written).toBeGreaterThan(before.heard);
        const byPerson = input.type === 'activity' || input.type === 'person-started';
        expect(byPerson || input.type === 'interrupted' || input.type === 'interrupt').toBe(true);
        if (byPerson) expect({ open, bargeIn: stage.rules.bargeIn }).toEqual({ open: false, bargeIn: true });
      }
    });
  });

  test('never waits for more of a turn that gets no more', () => {
    check(({ steps }) => {
      for (const { after } of steps) if (!after.open) expect(after.expectsMore).toBe(false);
    });
  });
});

describe('the order of effects', () => {
  test('is clear, then ends; started, then what is in the turn; nothing but late text after its end', () => {
    check(({ steps }) => {
      const started = new Set<number>();
      const ended = new Set<number>();
      for (const { effects } of steps) {
        const clears = of(effects, 'clear').length;
        expect(clears).toBeLessThanOrEqual(1);
        if (clears === 1) {
          expect(effects[0]?.type).toBe('clear');
          expect(effects.slice(1).every(({ type }) => type === 'turn-ended')).toBe(true);
          expect(effects.length).toBeGreaterThan(1);
        }
        for (const effect of effects) {
          if (effect.type === 'clear' || effect.type === 'flush') continue;
          if (effect.type === 'turn' && effect.phase === 'started') started.add(effect.turn);
          expect(started.has(effect.turn)).toBe(true);
          if (effect.type !== 'text') expect(ended.has(effect.turn)).toBe(false);
          if (effect.type === 'turn-ended') ended.add(effect.turn);
        }
      }
    });
  });
});

describe('text', () => {
  test('is reported at most once, in its order, and belongs to no turn that began before an earlier text', () => {
    check(({ steps, effects }) => {
      const given = steps.map(({ input }) =>
        input.type === 'output-transcript' || input.type === 'text' ? input.text : '',
      );
      const told = of(effects, 'text')
        .map(({ text }) => text)
        .join('');
      const marks = told.match(/<\d+>/g) ?? [];
      expect(marks.join('')).toBe(told);
      const places = marks.map((mark) => given.indexOf(mark));
      expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
      const turns = of(effects, 'text').map(({ turn }) => turn);
      expect(turns).toEqual([...turns].sort((a, b) => a - b));
    });
  });

  test('of an open turn is reported at once', () => {
    check(({ steps }) => {
      for (const { input, open, effects } of steps) {
        if (open && (input.type === 'output-transcript' || input.type === 'text')) {
          expect(of(effects, 'text').map(({ text }) => text)).toEqual([input.text]);
        }
      }
    });
  });

  test('that was said before an interruption never comes out after it', () => {
    check(({ steps }) => {
      const silenced = new Set<string>();
      let said: string[] = [];
      for (const { input, effects } of steps) {
        if (input.type === 'output-transcript') said.push(input.text);
        for (const { text } of of(effects, 'text')) {
          for (const mark of text.match(/<\d+>/g) ?? []) expect(silenced.has(mark)).toBe(false);
        }
        if (input.type === 'interrupted' || input.type === 'interrupt') {
          for (const text of said) silenced.add(text);
          said = [];
        }
      }
    });
  });
});
