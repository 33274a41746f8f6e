// The agent's captions: in step with its voice, five a second at most, one final a segment, cut to what was heard.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AgentCaptions, type EndedTurn } from '../../../src/lanes/agent-captions.js';
import { LATE_WORDS_MS } from '../../../src/session/turn-words.js';
import type { Caption } from '../../../src/turns/caption.js';
import { type FakeClock, fakeClock } from '../../support/fake-clock.js';

const PER_MS = 24;
const FRAME_MS = 20;

interface Final {
  readonly turn: number;
  readonly text: string;
  readonly truncated: boolean;
}

class Rig {
  readonly published: (Caption & { readonly atMs: number })[] = [];
  readonly finals: Final[] = [];
  readonly completed: object[] = [];
  heardMs = 0;
  holdMs = 0;
  readonly captions = new AgentCaptions({
    holdMs: () => this.holdMs,
    publish: (caption) => this.published.push({ ...caption, atMs: performance.now() }),
    heard: () => this.heardMs * PER_MS,
    onFinal: (turn, text, truncated) => this.finals.push({ turn, text, truncated }),
    onCompleted: (turn, text, added) => this.completed.push({ turn, text, added }),
    segmentOf: (turn) => `SG_${turn}`,
  });

  get told(): readonly Caption[] {
    return this.published.map(({ segment, text, final }) => ({ segment, text, final }));
  }

  get interims(): readonly string[] {
    return this.published.filter(({ final }) => !final).map(({ text }) => text);
  }

  /** A fragment that arrives when so much audio was written. */
  add(turn: number, text: string, writtenMs: number): void {
    this.captions.add(turn, text, writtenMs * PER_MS);
  }

  /** The voice is heard for so long, in real time. */
  async hear(ms: number, clock: FakeClock): Promise<void> {
    for (let passed = 0; passed < ms; passed += FRAME_MS) {
      await clock.advance(FRAME_MS);
      this.heardMs += FRAME_MS;
      this.captions.progress();
    }
  }

  end(turn: number, ended: { startMs?: number; heardMs: number; endMs: number } & Partial<EndedTurn>): void {
    const {
      startMs = 0,
      heardMs,
      endMs,
      phase = heardMs < endMs ? 'interrupted' : 'completed',
      truncated,
      late = false,
    } = ended;
    this.captions.end({
      turn,
      phase,
      start: startMs * PER_MS,
      heard: heardMs * PER_MS,
      end: endMs * PER_MS,
      truncated: truncated ?? phase === 'interrupted',
      late,
    });
  }
}

test('a text without an end is shown more and more seldom, and cut after 64 KB', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  for (let nth = 0; nth < 200; nth += 1) {
    rig.captions.add(1, 'x'.repeat(1_000), 0);
    await clock.advance(100);
  }
  const chars = rig.interims.reduce((sum, text) => sum + text.length, 0);
  // 40,000 characters a second, for twenty seconds.
  expect(chars).toBeLessThan(40_000 * 20);
  expect(rig.interims.at(-1)).toHaveLength(65_000);
  rig.captions.close();
  expect(rig.told.at(-1)?.text).toHaveLength(65_000);
});

describe('while the agent speaks', () => {
  test('each fragment is shown when the voice reaches the sample at which it arrived', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'Yes, I can hear ', 0);
    rig.add(1, 'you clearly. ', 1_000);
    rig.add(1, 'How can I help?', 2_000);
    expect(rig.interims).toEqual(['Yes, I can hear']);
    await rig.hear(980, clock);
    expect(rig.interims).toEqual(['Yes, I can hear']);
    await rig.hear(20, clock);
    expect(rig.interims.at(-1)).toBe('Yes, I can hear you clearly.');
    await rig.hear(1_000, clock);
    expect(rig.told.at(-1)).toEqual({
      segment: 'SG_1',
      text: 'Yes, I can hear you clearly. How can I help?',
      final: false,
    });
  });

  test('a fragment of which the audio was heard already is shown at once', async () => {
    using _clock = fakeClock();
    const rig = new Rig();
    rig.heardMs = 1_000;
    rig.add(1, 'late', 1_000);
    expect(rig.interims).toEqual(['late']);
  });

  test('five interims a second at most are shown, the last of them the newest', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    for (let index = 0; index < 50; index++) rig.add(1, `${index} `, index * 40);
    await rig.hear(2_000, clock);
    await clock.advance(200);
    const times = rig.published.map(({ atMs }) => atMs);
    for (const [index, atMs] of times.slice(1).entries())
      expect(atMs - (times[index] ?? 0)).toBeGreaterThanOrEqual(200);
    expect(times.length).toBeGreaterThanOrEqual(9);
    expect(rig.interims.at(-1)?.endsWith(' 49')).toBe(true);
  });

  test('a text that has not changed is not shown again', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'hello', 0);
    await rig.hear(3_000, clock);
    expect(rig.told).toHaveLength(1);
  });
});

describe('a turn that was heard to its end', () => {
  test('gets one final, with all its text, after 300 ms for lateFragments', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'Good ', 0);
    rig.add(1, 'morn', 500);
    await rig.hear(1_000, clock);
    rig.end(1, { heardMs: 1_000, endMs: 1_000 });
    await clock.advance(299);
    expect(rig.finals).toEqual([]);
    rig.add(1, 'ing', 1_000);
    await clock.advance(1);
    expect(rig.told.at(-1)).toEqual({ segment: 'SG_1', text: 'Good morning', final: true });
    expect(rig.finals).toEqual([{ turn: 1, text: 'Good morning', truncated: false }]);
    await clock.advance(2_000);
    expect(rig.told.filter(({ final }) => final)).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  test.each([700, 1_500, 4_000])(
    'waits for words that its sound has and its text has not: %i ms',
    async (lateMs) => {
      using clock = fakeClock();
      const rig = new Rig();
      rig.add(1, 'It is', 0);
      rig.end(1, { heardMs: 1_200, endMs: 1_200 });
      await clock.advance(lateMs);
      expect(rig.finals).toEqual([]);
      rig.add(1, ' noon.', 1_200);
      await clock.advance(300);
      expect(rig.finals).toEqual([{ turn: 1, text: 'It is noon.', truncated: false }]);
      expect(rig.told.filter(({ final }) => final)).toHaveLength(1);
      expect(clock.timers).toBe(0);
    },
  );

  test('that never gets its words has a final all the same', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'It is', 0);
    rig.end(1, { heardMs: 1_200, endMs: 1_200 });
    await clock.advance(LATE_WORDS_MS);
    expect(rig.finals).toEqual([{ turn: 1, text: 'It is', truncated: false }]);
  });

  test('of which turnComplete has not come has its final at once, and another when its words come', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'a long answer of which', 0);
    rig.end(1, { heardMs: 4_000, endMs: 4_000, late: true });
    await clock.advance(300);
    expect(rig.finals).toEqual([{ turn: 1, text: 'a long answer of which', truncated: false }]);
    await clock.advance(3_000);
    rig.add(1, ' the end is late', 4_000);
    expect(rig.told.at(-1)).toEqual({
      segment: 'SG_1',
      text: 'a long answer of which the end is late',
      final: true,
    });
    expect(rig.completed).toEqual([
      { turn: 1, text: 'a long answer of which the end is late', added: ' the end is late' },
    ]);
  });

  test('of which the text ends within a sentence has its final after one second, each time', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    const text = 'fifty letters of which no sentence comes to an end';
    rig.add(1, text, 0);
    rig.end(1, { heardMs: 4_000, endMs: 4_000 });
    await clock.advance(999);
    expect(rig.finals).toEqual([]);
    await clock.advance(1);
    rig.add(2, text, 4_000);
    rig.end(2, { startMs: 4_000, heardMs: 8_000, endMs: 8_000 });
    await clock.advance(700);
    rig.add(2, ' until here', 8_000);
    await clock.advance(300);
    expect(rig.finals.map(({ text }) => text)).toEqual([text, `${text} until here`]);
    rig.add(2, ' and here.', 8_000);
    expect(rig.told.at(-1)).toEqual({ segment: 'SG_2', text: `${text} until here and here.`, final: true });
  });

  test('takes nothing more once its final is out', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'Good morning', 0);
    rig.end(1, { heardMs: 800, endMs: 800 });
    await clock.advance(300);
    const told = rig.told.length;
    rig.add(1, ' too late', 800);
    await clock.advance(2_000);
    expect(rig.told).toHaveLength(told);
  });

  test('says so when its answer was not finished', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'The answer is', 0);
    rig.end(1, { heardMs: 800, endMs: 800, truncated: true });
    await clock.advance(300);
    expect(rig.finals).toEqual([{ turn: 1, text: 'The answer is', truncated: true }]);
  });

  test('and had no text gets no caption', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.end(1, { heardMs: 800, endMs: 800 });
    await clock.advance(1_000);
    expect(rig.told).toEqual([]);
  });

  test('keeps its captions apart from those of the next, which has begun', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'one', 0);
    await rig.hear(400, clock);
    rig.end(1, { heardMs: 400, endMs: 400 });
    rig.add(2, 'two', 400);
    rig.add(1, ' late', 400);
    await clock.advance(300);
    expect(rig.told).toEqual([
      { segment: 'SG_1', text: 'one', final: false },
      { segment: 'SG_2', text: 'two', final: false },
      { segment: 'SG_1', text: 'one late', final: true },
    ]);
  });
});

describe('a turn that was interrupted', () => {
  test('gets a final with only what was heard, cut at the end of a word', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'Yes, I can hear ', 0);
    rig.add(1, 'you clearly. How can', 1_000);
    rig.add(1, ' I help you today?', 2_000);
    await rig.hear(1_500, clock);
    rig.end(1, { heardMs: 1_500, endMs: 3_000 });
    await clock.advance(300);
    expect(rig.told.at(-1)).toEqual({ segment: 'SG_1', text: 'Yes, I can hear you', final: true });
    expect(rig.finals).toEqual([{ turn: 1, text: 'Yes, I can hear you', truncated: true }]);
  });

  test('shares its last stretch with what comes within 300 ms', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'one two ', 0);
    await rig.hear(500, clock);
    rig.end(1, { heardMs: 500, endMs: 1_000 });
    await clock.advance(100);
    rig.add(1, 'three four', 500);
    await clock.advance(200);
    // Half of "one two three four": nine characters, of which "t" is no word.
    expect(rig.finals[0]?.text).toBe('one two');
  });

  test('whose text comes only after it is cut all the same, not lost', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    await rig.hear(1_000, clock);
    rig.end(1, { startMs: 200, heardMs: 1_000, endMs: 1_800 });
    rig.add(1, 'aaaa bbbb cccc dddd', 1_000);
    await clock.advance(300);
    expect(rig.finals[0]?.text).toBe('aaaa bbbb');
  });

  test('before anything was heard shows nothing of it', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'Yes, I can', 0);
    rig.end(1, { heardMs: 0, endMs: 1_000 });
    await clock.advance(300);
    // The beginning was shown when the voice was about to begin; the final takes it back.
    expect(rig.told).toEqual([
      { segment: 'SG_1', text: 'Yes, I can', final: false },
      { segment: 'SG_1', text: '', final: true },
    ]);
  });

  test('and never shown at all gets no caption', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.heardMs = 500;
    rig.add(2, 'Not yet', 1_000);
    rig.end(2, { startMs: 600, heardMs: 600, endMs: 1_500 });
    await clock.advance(1_000);
    expect(rig.told).toEqual([]);
  });

  test('keeps what was written and read, for there is no voice to cut it by', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'Good ', 0);
    rig.add(1, 'morning', 0);
    rig.end(1, { heardMs: 0, endMs: 0, phase: 'interrupted' });
    await clock.advance(300);
    expect(rig.told.at(-1)).toEqual({ segment: 'SG_1', text: 'Good morning', final: true });
  });

  test('sends no interim after it', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'one ', 0);
    await rig.hear(100, clock);
    rig.add(1, 'two', 100);
    rig.end(1, { heardMs: 100, endMs: 1_000 });
    rig.heardMs = 2_000;
    rig.captions.progress();
    await clock.advance(1_000);
    expect(rig.told.map(({ final }) => final)).toEqual([false, true]);
  });
});

describe('close', () => {
  test('sends every final that is due, at once, and no second one', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.add(1, 'one', 0);
    rig.add(2, 'two', 0);
    rig.end(1, { heardMs: 100, endMs: 100 });
    rig.captions.close();
    rig.captions.close();
    expect(rig.told.filter(({ final }) => final).map(({ text }) => text)).toEqual(['one', 'two']);
    await clock.advance(2_000);
    expect(rig.told.filter(({ final }) => final)).toHaveLength(2);
    expect(clock.timers).toBe(0);
  });
});

describe('whatever is said, heard and interrupted', () => {
  const turn = fc.record({
    fragments: fc.array(
      fc.record({ words: fc.lorem({ maxCount: 3 }), audioMs: fc.integer({ min: 0, max: 800 }) }),
      {
        maxLength: 8,
      },
    ),
    listenedMs: fc.integer({ min: 0, max: 3_000 }),
    lateText: fc.boolean(),
  });

  test('captions follow the voice, end with one final each, and hold no more than was said', async () => {
    using clock = fakeClock();
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 4 }), async (turns) => {
        const rig = new Rig();
        let startMs = 0;
        for (const [index, { fragments, listenedMs, lateText }] of turns.entries()) {
          const id = index + 1;
          const said: { readonly text: string; readonly atMs: number }[] = [];
          let writtenMs = startMs;
          for (const { words, audioMs } of fragments) {
            rig.add(id, `${words} `, writtenMs);
            said.push({ text: `${words} `, atMs: writtenMs });
            writtenMs += audioMs;
          }
          const before = rig.published.length;
          for (let passed = 0; passed < listenedMs && rig.heardMs < writtenMs; passed += FRAME_MS) {
            await clock.advance(FRAME_MS);
            rig.heardMs = Math.min(writtenMs, rig.heardMs + FRAME_MS);
            rig.captions.progress();
            const reached = said
              .filter(({ atMs }) => atMs <= rig.heardMs)
              .map(({ text }) => text)
              .join('');
            for (const { text } of rig.published.slice(before)) expect(reached.startsWith(text)).toBe(true);
          }
          rig.end(id, { startMs, heardMs: rig.heardMs, endMs: writtenMs });
          if (lateText) rig.add(id, 'straggler', writtenMs);
          // Words that are missing, by the length of the sound, are waited for.
          await clock.advance(LATE_WORDS_MS);
          const whole = said.map(({ text }) => text).join('') + (lateText ? 'straggler' : '');
          expect(whole.startsWith(rig.finals[index]?.text ?? 'none')).toBe(true);
          if (rig.heardMs === writtenMs) expect(rig.finals[index]?.text).toBe(whole.trim());
          startMs = rig.heardMs;
        }
        for (const id of new Set(rig.published.map(({ segment }) => segment))) {
          const captions = rig.published.filter(({ segment }) => segment === id);
          expect(captions.filter(({ final }) => final)).toEqual(captions.slice(-1));
          const interims = captions.filter(({ final }) => !final);
          for (const [index, { atMs }] of interims.slice(1).entries()) {
            expect(atMs - (interims[index]?.atMs ?? 0)).toBeGreaterThanOrEqual(200);
          }
        }
        expect(rig.finals).toHaveLength(turns.length);
        expect(clock.timers).toBe(0);
      }),
    );
  });
});

describe('while the words that it answers are awaited', () => {
  test('an answer is shown when they have come, and grows from then on', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.holdMs = 2_000;
    rig.add(1, 'I go ', 0);
    rig.add(1, 'forward.', 600);
    await rig.hear(500, clock);
    expect(rig.told).toEqual([]);
    rig.captions.proceed();
    expect(rig.interims).toEqual(['I go']);
    await rig.hear(400, clock);
    expect(rig.interims).toEqual(['I go', 'I go forward.']);
  });

  test('an answer is shown without them after the time, and once only waited for', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.holdMs = 2_000;
    rig.add(1, 'I go ', 0);
    rig.add(1, 'forward.', 2_200);
    await rig.hear(1_980, clock);
    expect(rig.told).toEqual([]);
    await rig.hear(40, clock);
    expect(rig.interims).toEqual(['I go']);
    await rig.hear(400, clock);
    expect(rig.interims).toEqual(['I go', 'I go forward.']);
  });

  test('an answer that is over meanwhile has its one final text then', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.holdMs = 2_000;
    rig.add(1, 'Yes, that is so.', 0);
    await rig.hear(900, clock);
    rig.end(1, { heardMs: 900, endMs: 900 });
    await clock.advance(500);
    expect(rig.told).toEqual([]);
    rig.captions.proceed();
    await clock.advance(400);
    expect(rig.told).toEqual([{ segment: 'SG_1', text: 'Yes, that is so.', final: true }]);
  });
});
