// What an answer rests on, which may come before its first sound or after its last: which turn it is of.
import { describe, expect, test } from 'vitest';
import { brief, Stage } from './stage.js';

/** A turn of which `heardMs` of `audioMs` were heard, still open. */
function speaking(audioMs: number, heardMs: number): Stage {
  const stage = new Stage();
  stage.audio(audioMs);
  stage.hear(heardMs);
  return stage;
}

describe('what an answer rests on', () => {
  const grounding = { type: 'grounding', metadata: { webSearchQueries: ['rome'] } } as const;
  const urls = { type: 'url-context', metadata: { urlMetadata: [] } } as const;
  const turnOf = (stage: Stage) =>
    [grounding, urls].map((event) => {
      const [effect, ...others] = stage.send(event);
      expect(others).toEqual([]);
      if (effect?.type !== 'report') throw new Error('nothing was reported');
      expect(effect.event).toBe(event);
      return effect.turn;
    })[0];
  const answered = () => {
    const stage = speaking(200, 200);
    stage.generationComplete();
    stage.turnComplete();
    return stage;
  };

  test('opens no turn and is of the one that is open', () => {
    expect(turnOf(speaking(200, 100))).toBe(1);
    const silent = new Stage();
    turnOf(silent);
    expect(silent.conversation.turns).toEqual([]);
  });

  test('before the first sound of a call is of the first turn', () => {
    const stage = new Stage();
    expect(turnOf(stage)).toBe(1);
    expect(brief(stage.audio(100))[0]).toBe('started 1');
  });

  test('after the answer is of that answer, however late, and while it is still being heard', () => {
    const stage = answered();
    expect(turnOf(stage)).toBe(1);
    stage.wait(5_000);
    expect(turnOf(stage)).toBe(1);
    const lagging = speaking(500, 100);
    lagging.turnComplete();
    expect(turnOf(lagging)).toBe(1);
  });

  test.each<[string, (stage: Stage) => unknown]>([
    ['the end of speech', (stage) => stage.activity('ended')],
    [
      'words of a person',
      (stage) => {
        stage.send({ type: 'person', phase: 'started' });
        stage.send({ type: 'input-transcript', text: 'And Rome?', finished: false, interim: false });
      },
    ],
    ['something typed', (stage) => stage.send({ type: 'asked', by: 'text' })],
    ['a call of a function', (stage) => stage.toolCall()],
  ])('after %s is of the answer that is about to begin', (_, ask) => {
    const stage = answered();
    ask(stage);
    stage.turnComplete();
    expect(turnOf(stage)).toBe(2);
    expect(brief(stage.audio(100))[0]).toBe('started 2');
    expect(turnOf(stage)).toBe(2);
    stage.turnComplete();
    expect(turnOf(stage)).toBe(2);
  });

  test('beside words that are written down late is of the answer that is being given', () => {
    const stage = speaking(200, 100);
    stage.send({ type: 'input-transcript', text: 'Rome?', finished: true, interim: false });
    stage.turnComplete();
    expect(turnOf(stage)).toBe(1);
  });

  test('of an answer that somebody speaks over is of that answer until its turnComplete, then of the next', () => {
    const stage = speaking(500, 100);
    stage.activity('started');
    stage.interrupted();
    expect(turnOf(stage)).toBe(1);
    stage.turnComplete();
    expect(turnOf(stage)).toBe(2);
  });

  test('over another connection is of the next answer: nothing late can come of the one before', () => {
    const stage = speaking(500, 100);
    stage.connection('waiting');
    stage.connection('open');
    expect(turnOf(stage)).toBe(2);
  });

  test('of an answer that the room has silenced stays with it: nothing was asked', () => {
    const stage = speaking(500, 100);
    stage.send({ type: 'interrupt' });
    stage.turnComplete();
    expect(turnOf(stage)).toBe(1);
  });
});
