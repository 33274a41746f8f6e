// What a turn is and when its audio may be played: each rule of the conversation by example.
import { describe, expect, test } from 'vitest';
import { CUT_WORDS_MS, LATE_AUDIO_GAP_MS } from '../../../src/session/turn-words.js';
import { emptyConversation, openTurn } from '../../../src/turns/conversation.js';
import { brief, Stage } from './stage.js';

/** A turn of which `heardMs` of `audioMs` were heard, still open. */
function speaking(audioMs = 1000, heardMs = 300, stage = new Stage()): Stage {
  stage.audio(audioMs);
  stage.hear(heardMs);
  return stage;
}

describe('a turn that nobody disturbs', () => {
  test('begins with its first audio, and all its audio is of one turn', () => {
    const stage = new Stage();
    expect(brief(stage.audio(100))).toEqual(['started 1', 'play 1']);
    expect(brief(stage.audio(320))).toEqual(['play 1']);
    expect(openTurn(stage.conversation)?.id).toBe(1);
  });

  test('hands on the very chunk that came', () => {
    const stage = new Stage();
    const chunk = { samples: new Int16Array([1, 2, 3]), rate: 16_000 };
    const [, play] = stage.send({ type: 'audio', chunk });
    expect(play).toMatchObject({ type: 'play' });
    expect(play?.type === 'play' && play.chunk).toBe(chunk);
  });

  test('is flushed and reported once when the model has generated all of it', () => {
    const stage = speaking();
    expect(brief(stage.generationComplete())).toEqual(['flush', 'generated 1']);
    expect(stage.generationComplete()).toEqual([]);
    expect(openTurn(stage.conversation)?.id).toBe(1);
  });

  test('ends when all of it was heard, not when the service says turnComplete', () => {
    const stage = speaking(1000, 300);
    expect(brief(stage.turnComplete())).toEqual(['flush']);
    expect(openTurn(stage.conversation)).toBeUndefined();
    expect(stage.hear(699)).toEqual([]);
    expect(brief(stage.hear(1))).toEqual(['ended 1 completed 1000']);
    expect(stage.conversation.turns).toEqual([]);
  });

  test('ends at once when turnComplete comes after its last sample', () => {
    const stage = speaking(400, 400);
    expect(brief(stage.turnComplete())).toEqual(['flush', 'ended 1 completed 400']);
  });

  test('says where it was heard to and where it ended, as positions in the playout', () => {
    const stage = speaking(400, 400);
    stage.turnComplete();
    stage.audio(200);
    stage.hear(200);
    const [, ended] = stage.turnComplete();
    expect(ended).toMatchObject({
      type: 'turn-ended',
      turn: 2,
      playedMs: 200,
      heard: 600 * 24,
      end: 600 * 24,
    });
  });

  test('is followed by the next with the next number, while the first is still being heard', () => {
    const stage = speaking(500, 100);
    stage.turnComplete();
    expect(brief(stage.audio(200))).toEqual(['started 2', 'play 2']);
    stage.turnComplete();
    expect(brief(stage.hear(600))).toEqual(['ended 1 completed 500', 'ended 2 completed 200']);
  });
});

describe('inputs that open no turn', () => {
  test('a model that chooses to say nothing', () => {
    const stage = new Stage();
    stage.activity('started');
    stage.activity('ended');
    stage.send({ type: 'thought', text: 'not for me' });
    stage.generationComplete();
    stage.turnComplete();
    expect(stage.effects).toEqual([]);
    expect(stage.conversation.turns).toEqual([]);
    expect(stage.conversation.lastTurn.id).toBe(0);
  });

  test('empty audio and empty transcripts', () => {
    const stage = new Stage();
    stage.audio(0);
    stage.say('');
    stage.turnComplete();
    expect(stage.effects).toEqual([]);
  });

  test('a tool call without speech', () => {
    const stage = new Stage();
    stage.toolCall();
    stage.generationComplete();
    stage.turnComplete();
    expect(stage.effects).toEqual([]);
  });

  test('an interruption of nothing', () => {
    const stage = new Stage();
    expect(stage.interrupted()).toEqual([]);
    expect(stage.send({ type: 'interrupt' })).toEqual([]);
    expect(stage.activity('started')).toEqual([]);
  });

  test.each([
    { type: 'go-away', timeLeftMs: 50_000 },
    { type: 'resumption', handle: 'h', resumable: true },
    { type: 'interaction', status: 'idle' },
    { type: 'tool-cancelled', ids: ['a'] },
    { type: 'error', code: 'quota', message: 'full', fatal: false },
  ] as const)('what concerns others: $type', (event) => {
    const stage = speaking();
    const before = stage.conversation;
    expect(stage.send(event)).toEqual([]);
    expect(stage.conversation).toEqual(before);
  });
});

describe('interrupted by the service', () => {
  test('clears before anything else and ends the turn with what was heard of it', () => {
    const stage = speaking(1000, 300);
    expect(brief(stage.interrupted())).toEqual(['clear', 'ended 1 interrupted 300 truncated']);
    expect(stage.written).toBe(stage.heard);
    expect(stage.conversation.turns).toEqual([]);
  });

  test('ends every turn that is still being heard, the oldest first', () => {
    const stage = speaking(500, 100);
    stage.turnComplete();
    stage.audio(300);
    expect(brief(stage.interrupted())).toEqual([
      'clear',
      'ended 1 interrupted 100 truncated',
      'ended 2 interrupted 0 truncated',
    ]);
  });

  test('reports a turn that was heard to its end as completed', () => {
    const stage = new Stage();
    stage.audio(500);
    stage.turnComplete();
    stage.audio(300);
    // Playout has moved on, but its progress was not reported yet.
    stage.heard = 500 * 24;
    expect(brief(stage.interrupted())).toEqual([
      'clear',
      'ended 1 completed 500',
      'ended 2 interrupted 0 truncated',
    ]);
  });

  test('works after generationComplete too, as long as turnComplete is not out', () => {
    const stage = speaking(1000, 300);
    stage.generationComplete();
    expect(brief(stage.interrupted())).toEqual(['clear', 'ended 1 interrupted 300 truncated']);
    expect(stage.turnComplete()).toEqual([]);
  });

  test('lets the playout wait for nothing more when there is nothing left to clear', () => {
    const stage = speaking(200, 200);
    const effects = brief(stage.interrupted());
    expect(effects.at(-1)).toBe('ended 1 interrupted 200 truncated');
    expect(stage.expectsMore).toBe(false);
  });

  test('drops and counts the audio that comes late', () => {
    const stage = speaking();
    stage.interrupted();
    expect(stage.wait(20).audio(320)).toEqual([]);
    expect(stage.wait(20).audio(320)).toEqual([]);
    expect(stage.conversation.droppedChunks).toBe(2);
    expect(stage.generationComplete()).toEqual([]);
  });

  test('drops late audio also when the turn was interrupted before it had any', () => {
    const stage = new Stage();
    stage.interrupted();
    expect(stage.wait(30).audio(320)).toEqual([]);
  });
});

describe('what opens the gate after an interruption', () => {
  function interruptedStage(): Stage {
    const stage = speaking();
    stage.interrupted();
    return stage;
  }

  test('turnComplete', () => {
    const stage = interruptedStage();
    stage.wait(10).turnComplete();
    expect(brief(stage.audio(100))).toEqual(['started 2', 'play 2']);
  });

  test('a tool call', () => {
    const stage = interruptedStage();
    stage.wait(10).toolCall();
    expect(brief(stage.audio(100))).toEqual(['started 2', 'play 2']);
  });

  test('a new activity of the person', () => {
    const stage = interruptedStage();
    stage.wait(200).audio(20);
    stage.wait(50).activity('started');
    expect(brief(stage.audio(100))).toEqual(['started 2', 'play 2']);
  });

  test('a gap of 250 ms, and not a millisecond less: the next answer is heard from its first sound', () => {
    const stage = interruptedStage();
    expect(stage.wait(LATE_AUDIO_GAP_MS - 1).audio(100)).toEqual([]);
    expect(stage.wait(LATE_AUDIO_GAP_MS - 1).audio(100)).toEqual([]);
    expect(brief(stage.wait(LATE_AUDIO_GAP_MS).audio(100))).toEqual(['started 2', 'play 2']);
  });

  test('1.5 s, however steadily audio comes', () => {
    const stage = interruptedStage();
    for (let ms = 100; ms < 1_500; ms += 100) expect(stage.wait(100).audio(100)).toEqual([]);
    expect(brief(stage.wait(100).audio(100))).toEqual(['started 2', 'play 2']);
  });

  test('the same after the last of several interruptions', () => {
    const stage = interruptedStage();
    stage.wait(1000).interrupted();
    expect(stage.wait(LATE_AUDIO_GAP_MS - 1).audio(100)).toEqual([]);
    expect(brief(stage.wait(LATE_AUDIO_GAP_MS).audio(100))).toEqual(['started 2', 'play 2']);
  });

  test.each([1, 30, 200])(
    'alone, without turnComplete: the next answer is heard whole, a chunk every %i ms',
    (everyMs) => {
      const stage = interruptedStage();
      stage.send({ type: 'person', phase: 'ended' });
      stage.wait(700);
      for (let chunk = 0; chunk < 10; chunk += 1) {
        stage.wait(everyMs);
        expect(brief(stage.audio(40)).at(-1)).toBe('play 2');
      }
      expect(brief(stage.turnComplete())).toEqual(['flush']);
    },
  );

  test('alone, by something typed: only what was on its way is dropped', () => {
    const stage = speaking();
    stage.send({ type: 'asked', by: 'text' });
    stage.wait(20).interrupted();
    expect(stage.wait(20).audio(40)).toEqual([]);
    expect(brief(stage.wait(80).audio(40))).toEqual(['started 2', 'play 2']);
  });

  test('not the end of an activity, nor playout, nor what concerns others', () => {
    const stage = interruptedStage();
    stage.activity('ended');
    stage.hear(100);
    stage.send({ type: 'thought', text: 'hm' });
    stage.connection('open');
    expect(stage.audio(100)).toEqual([]);
  });

  test.each(['before', 'after'])(
    'not the activity that the interruption came from, told just %s it',
    (order) => {
      const stage = speaking();
      if (order === 'before') expect(stage.activity('started')).toEqual([]);
      expect(brief(stage.interrupted())).toEqual(['clear', 'ended 1 interrupted 300 truncated']);
      if (order === 'after') expect(stage.activity('started')).toEqual([]);
      expect(stage.wait(1).audio(320)).toEqual([]);
      expect(stage.wait(200).audio(320)).toEqual([]);
    },
  );
});

describe('a person who speaks while playout lags behind turnComplete', () => {
  function lagging(bargeIn = true): Stage {
    const stage = speaking(1000, 300, new Stage({ bargeIn }));
    stage.turnComplete();
    return stage;
  }

  test.each(['activity', 'person-started'] as const)('interrupts here, by %s', (type) => {
    const stage = lagging();
    const effects = stage.send(type === 'activity' ? { type, phase: 'started' } : { type });
    expect(brief(effects)).toEqual(['clear', 'ended 1 interrupted 300 truncated']);
  });

  test('does not discard the answer to what they say', () => {
    const stage = lagging();
    stage.activity('started');
    expect(brief(stage.wait(50).audio(100))).toEqual(['started 2', 'play 2']);
  });

  test('does not under NO_INTERRUPTION', () => {
    const stage = lagging(false);
    expect(stage.activity('started')).toEqual([]);
    expect(stage.send({ type: 'person-started' })).toEqual([]);
    expect(brief(stage.hear(700))).toEqual(['ended 1 completed 1000']);
  });

  test('is left to the service while the turn is open', () => {
    const stage = speaking();
    expect(stage.activity('started')).toEqual([]);
    expect(stage.send({ type: 'person-started' })).toEqual([]);
  });

  test('interrupts nothing that was heard to its end a moment ago', () => {
    const stage = lagging();
    stage.heard = stage.written;
    expect(stage.activity('started')).toEqual([]);
    expect(brief(stage.hear(20))).toEqual(['ended 1 completed 1000']);
  });

  test('does nothing once everything was heard', () => {
    const stage = lagging();
    stage.hear(700);
    expect(stage.activity('started')).toEqual([]);
  });
});

describe('the command to be silent', () => {
  test('silences at once and drops the rest of the turn until its turnComplete, however long that takes', () => {
    const stage = speaking();
    expect(brief(stage.send({ type: 'interrupt' }))).toEqual(['clear', 'ended 1 interrupted 300 truncated']);
    expect(stage.wait(100).audio(320)).toEqual([]);
    stage.wait(300).activity('started');
    expect(stage.audio(320)).toEqual([]);
    stage.toolCall();
    expect(stage.audio(320)).toEqual([]);
    expect(stage.wait(5000).audio(320)).toEqual([]);
    expect(stage.turnComplete()).toEqual([]);
    expect(brief(stage.audio(100))).toEqual(['started 2', 'play 2']);
    expect(stage.conversation.droppedChunks).toBe(4);
  });

  test('drops nothing of the next turn when turnComplete is out already', () => {
    const stage = speaking();
    stage.turnComplete();
    expect(brief(stage.send({ type: 'interrupt' }))).toEqual(['clear', 'ended 1 interrupted 300 truncated']);
    expect(brief(stage.audio(100))).toEqual(['started 2', 'play 2']);
  });

  test('becomes an ordinary interruption when the service confirms it', () => {
    const stage = speaking();
    stage.send({ type: 'interrupt' });
    stage.wait(100).interrupted();
    expect(stage.wait(LATE_AUDIO_GAP_MS - 1).audio(100)).toEqual([]);
    expect(brief(stage.wait(LATE_AUDIO_GAP_MS).audio(100))).toEqual(['started 2', 'play 2']);
  });

  test('does not outlive the connection', () => {
    const stage = speaking();
    stage.send({ type: 'interrupt' });
    stage.connection('rotating');
    stage.connection('open');
    expect(brief(stage.audio(100))).toEqual(['started 2', 'play 2']);
  });
});

describe('transcripts', () => {
  test('before their audio are held, in order, and follow the start of the turn', () => {
    const stage = new Stage();
    expect(stage.say('Yes, ')).toEqual([]);
    expect(stage.say('I can')).toEqual([]);
    expect(brief(stage.audio(100))).toEqual(['started 1', 'text 1 Yes, I can', 'play 1']);
    expect(brief(stage.audio(100))).toEqual(['play 1']);
  });

  test('beside their audio belong to the open turn', () => {
    const stage = speaking();
    expect(brief(stage.say('hello'))).toEqual(['text 1 hello']);
    expect(stage.effects.at(-1)).toMatchObject({ modality: 'spoken' });
  });

  test('after turnComplete belong to the turn that is still being heard', () => {
    const stage = speaking();
    stage.turnComplete();
    expect(brief(stage.say(' today?'))).toEqual(['text 1  today?']);
  });

  test('soon after the end of a turn belong to it, later ones to the next', () => {
    const stage = speaking(200, 200);
    stage.turnComplete();
    expect(brief(stage.wait(CUT_WORDS_MS - 1).say('late'))).toEqual(['text 1 late']);
    expect(stage.wait(1).say('early')).toEqual([]);
    expect(brief(stage.audio(100))).toEqual(['started 2', 'text 2 early', 'play 2']);
  });

  test('after an interruption belong to the interrupted turn, never to the next', () => {
    const stage = speaking();
    stage.interrupted();
    expect(brief(stage.wait(100).say('lost words'))).toEqual(['text 1 lost words']);
    stage.turnComplete();
    expect(brief(stage.audio(100))).toEqual(['started 2', 'play 2']);
  });

  test('of a turn that was interrupted before any audio are heard and read by nobody', () => {
    const stage = new Stage();
    stage.say('never ');
    stage.interrupted();
    expect(stage.wait(20).say('heard')).toEqual([]);
    expect(stage.turnComplete()).toEqual([]);
    expect(brief(stage.audio(100))).toEqual(['started 1', 'play 1']);
  });

  test('whose audio never comes are an answer of their own', () => {
    const stage = new Stage();
    stage.say('only words');
    expect(brief(stage.turnComplete())).toEqual([
      'started 1',
      'text 1 only words',
      'flush',
      'ended 1 completed 0',
    ]);
    expect(stage.turnComplete()).toEqual([]);
  });
});

describe('written answers', () => {
  test('open a turn that ends with turnComplete', () => {
    const stage = new Stage();
    expect(brief(stage.write('Good '))).toEqual(['started 1', 'text 1 Good ']);
    expect(brief(stage.write('morning'))).toEqual(['text 1 morning']);
    expect(stage.effects.at(-1)).toMatchObject({ modality: 'written' });
    stage.generationComplete();
    expect(brief(stage.turnComplete())).toEqual(['flush', 'ended 1 completed 0']);
  });

  test('are dropped like audio after an interruption', () => {
    const stage = new Stage();
    stage.write('Good ');
    expect(brief(stage.interrupted()).at(-1)).toBe('ended 1 interrupted 0 truncated');
    expect(stage.wait(10).write('morning')).toEqual([]);
    stage.turnComplete();
    expect(brief(stage.write('Yes?'))).toEqual(['started 2', 'text 2 Yes?']);
  });
});

describe('a connection that is lost or rotated', () => {
  test.each(['rotating', 'waiting', 'closed'] as const)(
    '%s closes the open turn, which plays on, truncated',
    (state) => {
      const stage = speaking(1000, 300);
      expect(brief(stage.connection(state))).toEqual(['flush']);
      expect(openTurn(stage.conversation)).toBeUndefined();
      expect(brief(stage.hear(700))).toEqual(['ended 1 completed 1000 truncated']);
    },
  );

  test('does not truncate a turn that was generated to its end', () => {
    const stage = speaking(1000, 300);
    stage.generationComplete();
    stage.connection('waiting');
    expect(brief(stage.hear(700))).toEqual(['ended 1 completed 1000']);
  });

  test('does not truncate a turn whose turnComplete had come', () => {
    const stage = speaking(1000, 300);
    stage.turnComplete();
    expect(stage.connection('waiting')).toEqual([]);
    expect(brief(stage.hear(700))).toEqual(['ended 1 completed 1000']);
  });

  test('starts a new turn with the audio after it', () => {
    const stage = speaking(500, 500);
    expect(brief(stage.connection('rotating'))).toEqual(['flush', 'ended 1 completed 500 truncated']);
    stage.connection('open');
    expect(brief(stage.audio(100))).toEqual(['started 2', 'play 2']);
  });

  test('opens the gate: what the old connection sent late cannot come any more', () => {
    const stage = speaking();
    stage.interrupted();
    stage.connection('rotating');
    expect(brief(stage.audio(100))).toEqual(['started 2', 'play 2']);
  });

  test('forgets a transcript whose audio went down with it', () => {
    const stage = new Stage();
    stage.say('half a');
    expect(stage.connection('waiting')).toEqual([]);
    stage.connection('open');
    expect(brief(stage.audio(100))).toEqual(['started 1', 'play 1']);
  });

  test('connecting and open say nothing about a turn', () => {
    const stage = speaking();
    expect(stage.connection('connecting')).toEqual([]);
    expect(stage.connection('open')).toEqual([]);
    expect(openTurn(stage.conversation)?.id).toBe(1);
  });
});

test('the empty conversation has no turn and an open gate', () => {
  expect(openTurn(emptyConversation)).toBeUndefined();
  expect(brief(new Stage().audio(20))).toEqual(['started 1', 'play 1']);
});
