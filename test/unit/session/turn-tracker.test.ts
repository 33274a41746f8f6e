// The turn's table: from each phase, what each input leads to, and which answer an event belongs to.
import { describe, expect, test } from 'vitest';
import {
  CANCELLED_WITHIN_MS,
  initialTurn,
  type TurnInput,
  type TurnPhase,
  type TurnState,
  trackTurn,
} from '../../../src/session/turn-tracker.js';

const audio: TurnInput = { type: 'audio', chunk: { samples: new Int16Array(24_000), rate: 24_000 } };
const call: TurnInput = { type: 'tool-calls', calls: [{ id: 'c', name: 'f', args: {} }] };
const started: TurnInput = { type: 'person', phase: 'started' };
const ended: TurnInput = { type: 'person', phase: 'ended' };
const asked: TurnInput = { type: 'asked', by: 'text' };
const complete: TurnInput = { type: 'turn-complete' };
const generated: TurnInput = { type: 'generation-complete' };
const interrupted: TurnInput = { type: 'interrupted' };
const cancel: TurnInput = { type: 'cancel' };
const lost: TurnInput = { type: 'connection', state: 'rotating' };
const open: TurnInput = { type: 'connection', state: 'open' };
const words = (text: string): TurnInput => ({ type: 'output-transcript', text, finished: false });
const wait = (ms: number) => ({ waitMs: ms });

type Step = TurnInput | { readonly waitMs: number };

/** The phases after each input, and the ids of the answers. */
function play(...steps: readonly Step[]) {
  let state: TurnState = initialTurn;
  let nowMs = 1_000;
  const phases: TurnPhase[] = [];
  const ids: number[] = [];
  const stale: boolean[] = [];
  for (const step of steps) {
    if ('waitMs' in step) {
      nowMs += step.waitMs;
      continue;
    }
    const next = trackTurn(state, step, nowMs);
    state = next.state;
    phases.push(next.stamp.phase);
    ids.push(next.stamp.id);
    stale.push(next.isStale === true);
  }
  return { phases, ids, stale, state, last: phases.at(-1), id: ids.at(-1) };
}

describe('what comes after `interrupted` alone', () => {
  test.each([61, 100, 240, 1_000])('is the answer to a text of %d ms later, at whatever pace', (waitMs) => {
    const { last, id } = play(asked, audio, interrupted, wait(waitMs), asked, audio);
    expect({ last, id }).toEqual({ last: 'answering', id: 2 });
  });

  test('is the rest of the answer where it follows closely, a text or not', () => {
    expect(play(asked, audio, interrupted, wait(200), audio)).toMatchObject({ last: 'speaking', id: 1 });
    // What is in transit comes with the interruption.
    expect(play(asked, audio, interrupted, wait(10), asked, audio)).toMatchObject({ last: 'awaited', id: 1 });
    expect(play(asked, audio, asked, interrupted, wait(40), audio)).toMatchObject({ last: 'awaited', id: 1 });
    expect(play(asked, audio, interrupted, wait(20), asked, audio)).toMatchObject({
      last: 'answering',
      id: 2,
    });
  });
});

describe('the phases', () => {
  test.each<[string, readonly Step[], TurnPhase]>([
    ['nothing has happened', [generated], 'none'],
    ['a person speaks', [started], 'speaking'],
    ['a person has spoken', [started, ended], 'awaited'],
    ['something was typed', [asked], 'awaited'],
    ['the model speaks', [started, ended, audio], 'answering'],
    ['the model calls a tool', [asked, call], 'answering'],
    ['its turn is complete', [asked, audio, complete], 'none'],
    ['a tool was called, its turn is complete', [asked, call, complete], 'none'],
    ['a tool was answered after that', [asked, call, complete, { type: 'asked', by: 'tool' }], 'awaited'],
    ['a tool was answered within the turn', [asked, call, { type: 'asked', by: 'tool' }], 'answering'],
    ['the model says nothing to it', [asked, complete], 'none'],
    ['somebody speaks over the answer', [asked, audio, started], 'answering'],
    ['and the service cuts it off', [asked, audio, started, interrupted], 'speaking'],
    ['and its turnComplete follows', [asked, audio, started, interrupted, complete], 'speaking'],
    ['something is typed over the answer, which is cut off', [asked, audio, asked, interrupted], 'awaited'],
    [
      'and its turnComplete follows: the answer is still awaited',
      [asked, audio, asked, interrupted, complete],
      'awaited',
    ],
    ['the connection is lost while an answer is awaited', [asked, lost, open], 'awaited'],
    ['the connection is lost in an answer', [asked, audio, lost, open], 'none'],
    ['the words were taken back', [started, ended, cancel], 'cancelled'],
    ['and the service answers them', [started, ended, cancel, audio, audio], 'cancelled'],
    ['to the end', [started, ended, cancel, audio, complete], 'none'],
    ['the connection is lost meanwhile', [started, ended, cancel, lost, open], 'cancelled'],
    ['and the answer comes on the next', [started, ended, cancel, lost, open, audio], 'cancelled'],
    [
      'a call was refused: the model goes on once more',
      [started, ended, cancel, call, complete, audio],
      'cancelled',
    ],
    ['something else is said', [started, ended, cancel, started, ended], 'awaited'],
    [
      'something is typed while the cancelled answer runs',
      [started, ended, cancel, audio, asked],
      'cancelled',
    ],
    ['which is cut off by it', [started, ended, cancel, audio, asked, interrupted, complete], 'awaited'],
    [
      'and answered',
      [started, ended, cancel, audio, asked, interrupted, complete, wait(500), audio],
      'answering',
    ],
    ['the answer was being given already', [started, ended, audio, cancel, audio], 'cancelled'],
  ])('%s', (_, steps, phase) => {
    expect(play(...steps).last).toBe(phase);
  });

  test('an answer to cancelled words that does not come is not waited for', () => {
    expect(play(started, ended, cancel, wait(CANCELLED_WITHIN_MS + 1), audio).last).toBe('answering');
    expect(play(started, ended, cancel, lost, wait(CANCELLED_WITHIN_MS), open, wait(5_000), audio).last).toBe(
      'cancelled',
    );
  });

  test('what the service says of the end of cancelled speech does not ask for it again', () => {
    expect(play(started, ended, cancel, { type: 'activity', phase: 'ended' }, audio).last).toBe('cancelled');
  });
});

describe('which answer', () => {
  test('ids count the answers of which something was heard', () => {
    expect(play(asked, audio, complete, asked, audio).ids).toEqual([1, 1, 1, 2, 2]);
    expect(play(asked, call, complete, { type: 'asked', by: 'tool' }, audio).id).toBe(1);
  });

  test.each([700, 1_500, 4_000])('words %i ms after an answer without any are of that answer', (ms) => {
    expect(play(asked, audio, complete, wait(1_000 + ms), words('It is noon.')).id).toBe(1);
    expect(play(asked, audio, complete, wait(1_000 + ms), asked, words('It is noon.')).id).toBe(1);
  });

  test('the rest of the words is of the answer, too, unless they seem complete', () => {
    const rest = (text: string) =>
      play(asked, audio, words(text), complete, wait(3_000), words(' is noon.')).id;
    expect(rest('It')).toBe(1);
    expect(rest('It is noon, as I said.')).toBe(2);
  });

  test('late words beside the next answer, which has none yet, are of the one before', () => {
    const { ids } = play(
      asked,
      audio,
      complete,
      wait(1_500),
      asked,
      audio,
      words('It is noon.'),
      words('Goodbye.'),
    );
    expect(ids.slice(-2)).toEqual([1, 2]);
  });

  test('an answer whose turnComplete does not come ends all the same, and a late one ends nothing else', () => {
    const { ids, stale, last } = play(
      asked,
      audio,
      generated,
      wait(2_000),
      { type: 'overdue' },
      asked,
      audio,
      complete,
      audio,
      generated,
      complete,
    );
    expect(ids.slice(5)).toEqual([2, 2, 2, 2, 2]);
    expect(stale).toEqual([...Array<boolean>(6).fill(false), true, false, false, false]);
    expect(last).toBe('none');
  });

  test('after generationComplete and something new, what comes is the next answer, turnComplete or not', () => {
    expect(play(asked, audio, generated, started, audio).ids.at(-1)).toBe(2);
    expect(play(asked, audio, started, audio).ids.at(-1)).toBe(1);
  });
});
