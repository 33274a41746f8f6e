// One segment with exactly one final for what a person said, in whatever order the service tells it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  advanceUtterance,
  ENDED_FINAL_MS,
  HYPOTHESIS_FINAL_MS,
  IDLE_FINAL_MS,
  SPEAKING_FINAL_MS,
  type UtteranceInput,
} from '../../../src/turns/utterance.js';
import { Listener } from './listener.js';

describe('fragments', () => {
  test('are joined as they come, each shown as an interim of one segment', () => {
    const listener = new Listener();
    expect(listener.fragment('go')).toEqual([{ segment: 1, text: 'go', final: false }]);
    expect(listener.fragment(' forward')).toEqual([{ segment: 1, text: 'go forward', final: false }]);
  });

  test('become final 1.5 s after the last of them, and the next utterance is a segment of its own', () => {
    const listener = new Listener();
    listener.fragment('go');
    listener.wait(1_000);
    listener.fragment(' forward');
    expect(listener.wait(IDLE_FINAL_MS - 1)).toEqual([]);
    expect(listener.wait(1)).toEqual([{ segment: 1, text: 'go forward', final: true }]);
    expect(listener.fragment('stop')).toEqual([{ segment: 2, text: 'stop', final: false }]);
  });

  test('that the service calls finished are final at once', () => {
    const listener = new Listener();
    listener.fragment('go');
    expect(listener.fragment(' on', { finished: true })).toEqual([
      { segment: 1, text: 'go on', final: true },
    ]);
    expect(listener.wait(5_000)).toEqual([]);
  });

  test('without an end are several segments, so that no interim has a text of any length', () => {
    const listener = new Listener();
    const minutes = 'go on '.repeat(1_400);
    const finals = listener.fragment(minutes);
    expect(finals).toEqual([{ segment: 1, text: minutes.trim(), final: true }]);
    expect(listener.fragment('stop')).toEqual([{ segment: 2, text: 'stop', final: false }]);
  });

  test('that are empty but finished end what was said', () => {
    const listener = new Listener();
    listener.fragment('go on');
    expect(listener.fragment('', { finished: true })).toEqual([{ segment: 1, text: 'go on', final: true }]);
  });

  test('of white space alone are nothing said', () => {
    const listener = new Listener();
    expect(listener.fragment('  ')).toEqual([]);
    expect(listener.fragment('', { finished: true })).toEqual([]);
    expect(listener.wait(5_000)).toEqual([]);
  });

  test('keep the spaces between them and none around them', () => {
    const listener = new Listener();
    listener.fragment(' go ');
    expect(listener.fragment('forward ')).toEqual([{ segment: 1, text: 'go forward', final: false }]);
  });
});

describe('hypotheses', () => {
  test('are replaced by what follows, not continued', () => {
    const listener = new Listener();
    listener.fragment('go ');
    expect(listener.fragment('for', { interim: true })).toEqual([
      { segment: 1, text: 'go for', final: false },
    ]);
    expect(listener.fragment('forty', { interim: true })).toEqual([
      { segment: 1, text: 'go forty', final: false },
    ]);
    expect(listener.fragment('forward')).toEqual([{ segment: 1, text: 'go forward', final: false }]);
  });

  test('are not the last word, even where they are called finished', () => {
    const listener = new Listener();
    listener.fragment('forty', { interim: true, finished: true });
    expect(listener.fragment('forward', { finished: true })).toEqual([
      { segment: 1, text: 'forward', final: true },
    ]);
  });

  test('become final themselves when nothing follows for long', () => {
    const listener = new Listener();
    listener.fragment('hello', { interim: true });
    expect(listener.wait(HYPOTHESIS_FINAL_MS - 1)).toEqual([]);
    expect(listener.wait(1)).toEqual([{ segment: 1, text: 'hello', final: true }]);
  });

  test.each([{ type: 'activity', phase: 'ended' }, { type: 'answered' }] as const)(
    'wait for the words of a slow recogniser, also after $type',
    (end) => {
      const listener = new Listener();
      listener.fragment('go forward', { interim: true });
      listener.send(end);
      expect(listener.wait(HYPOTHESIS_FINAL_MS - 1)).toEqual([]);
      expect(listener.fragment('go forward ten meters')).toEqual([
        { segment: 1, text: 'go forward ten meters', final: false },
      ]);
      expect(listener.wait(ENDED_FINAL_MS)).toEqual([
        { segment: 1, text: 'go forward ten meters', final: true },
      ]);
    },
  );
});

describe('the end of an utterance', () => {
  test.each([{ type: 'activity', phase: 'ended' }, { type: 'answered' }] as const)(
    'known from $type, waits 300 ms for lateFragments',
    (end) => {
      const listener = new Listener();
      listener.fragment('and so my fellow');
      expect(listener.send(end)).toEqual([]);
      listener.wait(200);
      listener.fragment(' Americans');
      expect(listener.wait(ENDED_FINAL_MS - 1)).toEqual([]);
      expect(listener.wait(1)).toEqual([{ segment: 1, text: 'and so my fellow Americans', final: true }]);
    },
  );

  test('that comes before its transcript makes the transcript final 300 ms after it came', () => {
    const listener = new Listener();
    listener.activity('started');
    listener.activity('ended');
    listener.wait(20);
    listener.fragment('whole sentence');
    expect(listener.wait(ENDED_FINAL_MS - 1)).toEqual([]);
    expect(listener.wait(1)).toEqual([{ segment: 1, text: 'whole sentence', final: true }]);
  });

  test('is not put off by hearing of it twice', () => {
    const listener = new Listener();
    listener.fragment('well');
    listener.activity('ended');
    listener.wait(200);
    listener.send({ type: 'answered' });
    expect(listener.wait(100)).toEqual([{ segment: 1, text: 'well', final: true }]);
  });

  test('is the beginning of the next activity', () => {
    const listener = new Listener();
    listener.fragment('first');
    expect(listener.activity('started')).toEqual([{ segment: 1, text: 'first', final: true }]);
    expect(listener.fragment('second')).toEqual([{ segment: 2, text: 'second', final: false }]);
  });

  test('is the end of the call', () => {
    const listener = new Listener();
    listener.fragment('good', { interim: true });
    expect(listener.send({ type: 'flush' })).toEqual([{ segment: 1, text: 'good', final: true }]);
    expect(listener.send({ type: 'flush' })).toEqual([]);
  });

  test('without a word gets no caption and no number', () => {
    const listener = new Listener();
    listener.activity('started');
    listener.activity('ended');
    listener.activity('started');
    expect(listener.fragment('hi')).toEqual([{ segment: 1, text: 'hi', final: false }]);
  });

  test('that belongs to an answer without a question does not shorten the next question', () => {
    const listener = new Listener();
    // A greeting, or the answer to something typed: nobody had spoken.
    listener.send({ type: 'answered' });
    listener.wait(5_000);
    listener.fragment('what');
    expect(listener.wait(IDLE_FINAL_MS - 1)).toEqual([]);
    listener.fragment(' time');
    expect(listener.wait(IDLE_FINAL_MS)).toEqual([{ segment: 1, text: 'what time', final: true }]);
  });
});

describe('whatever the order', () => {
  type PersonEvent = UtteranceInput | { readonly type: 'wait'; readonly ms: number };
  const words = fc.constantFrom('go ', 'forward', ' ten', 'meters ', '', ' ', '10', 'はい');
  const personEvent: fc.Arbitrary<PersonEvent> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('input-transcript' as const),
        text: words,
        finished: fc.boolean(),
        interim: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.constantFrom<PersonEvent>({ type: 'activity', phase: 'started' }) },
    { weight: 2, arbitrary: fc.constantFrom<PersonEvent>({ type: 'activity', phase: 'ended' }) },
    { weight: 1, arbitrary: fc.constant<PersonEvent>({ type: 'answered' }) },
    { weight: 1, arbitrary: fc.constant<PersonEvent>({ type: 'tick' }) },
    {
      weight: 4,
      arbitrary: fc.integer({ min: 0, max: 2_000 }).map((ms): PersonEvent => ({ type: 'wait', ms })),
    },
  );

  function perform(list: readonly PersonEvent[]): Listener {
    const listener = new Listener();
    for (const one of list) {
      if (one.type === 'wait') listener.wait(one.ms);
      else listener.send(one);
    }
    return listener;
  }

  test('each segment gets exactly one final, its last, and segments follow one another', () => {
    fc.assert(
      fc.property(fc.array(personEvent, { maxLength: 60 }), (list) => {
        const listener = perform(list);
        listener.send({ type: 'flush' });
        const { captions } = listener;
        const finals = captions.filter(({ final }) => final);
        expect(finals.map(({ segment }) => segment)).toEqual(finals.map((_, index) => index + 1));
        let current = 1;
        for (const { segment, text, final } of captions) {
          expect(segment).toBe(current);
          expect(text).toBe(text.trim());
          expect(text).not.toBe('');
          if (final) current += 1;
        }
        expect(finals).toHaveLength(current - 1);
        expect(listener.utterance.dueAtMs).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  test('no word that is more than a hypothesis is lost or said twice', () => {
    fc.assert(
      fc.property(fc.array(personEvent, { maxLength: 60 }), (list) => {
        const settled = list.filter((one) => one.type !== 'input-transcript' || !one.interim);
        const listener = perform(settled);
        listener.send({ type: 'flush' });
        const said = settled.map((one) => (one.type === 'input-transcript' ? one.text : '')).join('');
        const told = listener.captions
          .filter(({ final }) => final)
          .map(({ text }) => text)
          .join('');
        expect(told.replaceAll(/\s/g, '')).toBe(said.replaceAll(/\s/g, ''));
      }),
      { numRuns: 400 },
    );
  });

  test('what was shown is final at most 1.5 s after the last word, 6 s after a hypothesis, 10 s while the person speaks', () => {
    fc.assert(
      fc.property(fc.array(personEvent, { maxLength: 40 }), (list) => {
        const listener = perform(list);
        const { interim, speaking } = listener.utterance;
        const idleMs = speaking ? SPEAKING_FINAL_MS : IDLE_FINAL_MS;
        listener.wait(interim === '' ? idleMs : HYPOTHESIS_FINAL_MS);
        expect(listener.captions.at(-1)?.final ?? true).toBe(true);
        expect(listener.utterance.dueAtMs).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });
});

describe('pieces of one utterance that come far apart', () => {
  const piece = (text: string): UtteranceInput => ({
    type: 'input-transcript',
    text,
    finished: false,
    interim: false,
  });

  test('are one caption while the service says that the person goes on', () => {
    const listener = new Listener();
    listener.send({ type: 'activity', phase: 'started' });
    listener.send(piece('Hel'));
    listener.wait(4_000);
    listener.send(piece('lo there.'));
    listener.send({ type: 'activity', phase: 'ended' });
    listener.wait(ENDED_FINAL_MS);
    expect(listener.finals).toEqual(['Hello there.']);
  });

  test('are one caption when the person has spoken longer than the words last', () => {
    const send = (listener: Listener, text: string): void => {
      const step = advanceUtterance(listener.utterance, piece(text), listener.atMs, 1_200);
      listener.utterance = step.utterance;
      listener.captions.push(...step.captions.map((caption) => ({ ...caption, atMs: listener.atMs })));
    };
    const listener = new Listener();
    send(listener, 'Hel');
    listener.wait(500);
    listener.send({ type: 'answered' });
    listener.wait(3_000);
    send(listener, 'lo there.');
    listener.wait(IDLE_FINAL_MS);
    expect(listener.finals).toEqual(['Hello there.']);
  });

  test('are those of the second hearing when it was sent again after a loss, and of the first if none come', () => {
    const again = new Listener();
    again.send(piece('Hel'));
    again.send({ type: 'restarted', text: 'Hello' });
    again.send({ type: 'activity', phase: 'started' });
    again.send(piece('Hello there.'));
    again.send({ type: 'activity', phase: 'ended' });
    again.wait(ENDED_FINAL_MS);
    expect(again.captions.at(-1)).toMatchObject({ segment: 1, text: 'Hello there.', final: true });
    const never = new Listener();
    never.send(piece('Hel'));
    never.send({ type: 'restarted', text: 'Hello' });
    never.wait(SPEAKING_FINAL_MS);
    expect(never.captions.at(-1)).toMatchObject({ segment: 1, text: 'Hel', final: true });
  });

  test('stay a caption of their own when other words come in place of the second hearing', () => {
    const heard = new Listener();
    heard.send(piece('What time is it?'));
    heard.send({ type: 'restarted', text: 'What time is it?' });
    heard.send({ type: 'answered' });
    heard.send(piece('And the weather?'));
    heard.wait(IDLE_FINAL_MS);
    expect(heard.finals).toEqual(['What time is it?', 'And the weather?']);
  });

  test('stay when of two utterances only the second is transcribed again', () => {
    const heard = new Listener();
    heard.send(piece('What time is it? And the weather?'));
    heard.send({ type: 'restarted', text: 'What time is it? And the weather?' });
    heard.send(piece('And the weather?'));
    heard.wait(IDLE_FINAL_MS);
    expect(heard.finals).toEqual(['What time is it?', 'And the weather?']);
  });

  test('stay when of two utterances only the first is transcribed again, and are shown once when the second is later', () => {
    const heard = new Listener();
    heard.send(piece('What time is it? And the weather?'));
    heard.send({ type: 'restarted', text: 'What time is it? And the weather?' });
    heard.send(piece('What time is it?'));
    heard.wait(IDLE_FINAL_MS + SPEAKING_FINAL_MS);
    expect(heard.finals).toEqual(['What time is it?', 'And the weather?']);
    heard.send(piece('And the weather? Thanks.'));
    heard.wait(IDLE_FINAL_MS);
    expect(heard.finals).toEqual(['What time is it?', 'And the weather?', 'Thanks.']);
  });

  test('are one caption when the second hearing continues what the first was cut off in', () => {
    const heard = new Listener();
    heard.send(piece('Hello. What is the'));
    heard.send({ type: 'restarted', text: 'Hello. What is the' });
    heard.send(piece('Hello.'));
    heard.wait(IDLE_FINAL_MS);
    heard.send(piece('What is the weather?'));
    heard.wait(IDLE_FINAL_MS);
    expect(heard.finals).toEqual(['Hello.', 'What is the weather?']);
  });

  test('are all final at the end of the call', () => {
    const heard = new Listener();
    heard.send(piece('Hello. What is new?'));
    heard.send({ type: 'restarted', text: 'Hello. What is new?' });
    heard.send(piece('Hello.'));
    heard.send({ type: 'flush' });
    expect(heard.finals).toEqual(['Hello.', 'What is new?']);
  });

  test('stand in one segment also when the second hearing comes long after the answer has begun', () => {
    const heard = new Listener();
    heard.send(piece('Hello there.'));
    heard.wait(IDLE_FINAL_MS);
    heard.send({ type: 'restarted', text: 'Hello there.' });
    heard.send({ type: 'answered' });
    heard.wait(8_000);
    heard.send(piece('Hello there.'));
    heard.wait(IDLE_FINAL_MS);
    heard.send(piece('What is new?'));
    heard.wait(IDLE_FINAL_MS);
    expect(heard.finals).toEqual(['Hello there.', 'What is new?']);
  });

  test('are shown when they are others than those that were expected again', () => {
    const heard = new Listener();
    heard.send(piece('Hello there.'));
    heard.wait(IDLE_FINAL_MS);
    heard.send({ type: 'restarted', text: 'Hello there.' });
    heard.send({ type: 'answered' });
    heard.wait(8_000);
    heard.send(piece('What is new?'));
    heard.wait(IDLE_FINAL_MS);
    expect(heard.captions.at(-1)).toMatchObject({ text: 'What is new?', final: true });
  });

  test('that were answered stay when only later ones are sent again', () => {
    const heard = new Listener();
    heard.send(piece('Hello there.'));
    heard.send(piece(' What is'));
    heard.send({ type: 'restarted', text: ' What is' });
    expect(heard.captions.at(-1)).toMatchObject({ segment: 1, text: 'Hello there.', final: true });
    heard.send(piece('What is new?'));
    heard.wait(IDLE_FINAL_MS);
    expect(heard.captions.at(-1)).toMatchObject({ segment: 2, text: 'What is new?', final: true });
  });

  test('have one caption when they are sent again twice', () => {
    const heard = new Listener();
    heard.send(piece('Hello'));
    heard.send({ type: 'restarted', text: 'Hello' });
    heard.send({ type: 'restarted', text: 'Hello' });
    heard.send(piece('Hello there.'));
    heard.wait(IDLE_FINAL_MS);
    expect(heard.captions.filter(({ final }) => final)).toMatchObject([{ segment: 1, text: 'Hello there.' }]);
  });

  test('are left out where they are one word, the last sentence of what is sent again', () => {
    const heard = new Listener();
    heard.send(piece('Go forward ten meters. Stop.'));
    heard.wait(IDLE_FINAL_MS);
    heard.send({ type: 'restarted', text: 'ten meters. Stop.' });
    heard.send(piece('Stop.'));
    heard.wait(IDLE_FINAL_MS);
    expect(heard.finals).toEqual(['Go forward ten meters. Stop.']);
  });

  test('are left out where others stand before them that are not transcribed again', () => {
    const heard = new Listener();
    heard.send(piece('Yes. Go forward ten meters.'));
    heard.wait(IDLE_FINAL_MS);
    heard.send({ type: 'restarted', text: 'Yes. Go forward ten meters.' });
    heard.send(piece('Go forward ten meters. Then stop.'));
    heard.wait(IDLE_FINAL_MS);
    expect(heard.captions.at(-1)).toMatchObject({ text: 'Then stop.', final: true });
  });
});
