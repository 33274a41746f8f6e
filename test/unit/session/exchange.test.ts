// The exchange: which answer is due, which inputs another connection is sent, and which events are no news.
import { beforeEach, describe, expect, test } from 'vitest';
import { Exchange } from '../../../src/session/exchange.js';
import type { ModelEvent } from '../../../src/session/port.js';
import type { Input } from '../../../src/session/wire.js';
import { call, frame, marks, result, speech } from '../../support/supervised.js';

const words = (text: string, interim = false): ModelEvent => ({
  type: 'input-transcript',
  text,
  finished: false,
  interim,
});
const text = (words_: string): Input => ({ type: 'text', text: words_ });

let exchange: Exchange;
let nowMs = 0;

beforeEach(() => {
  exchange = new Exchange({ answersAlways: true });
  nowMs = 10_000;
});

/** As the supervisor does with an input that it has sent. */
function sends(...inputs: Input[]): void {
  for (const input of inputs) {
    exchange.said(input, nowMs);
    exchange.buffer.record(input, nowMs);
  }
}

/** A frame each 20 ms. */
function speaks(first: number, last: number): void {
  for (let mark = first; mark <= last; mark += 1) {
    sends({ type: 'audio', chunk: frame(mark), voiced: true });
    nowMs += 20;
  }
}

/** Those events that are news. */
function hears(...events: ModelEvent[]): ModelEvent[] {
  return events.flatMap((event) => exchange.observe(event, nowMs)?.event ?? []);
}

function takesUp(resumed = true, orderly = false): readonly Input[] {
  exchange.connecting(resumed);
  return exchange.takeUp(resumed, orderly).inputs;
}

describe('the answer that is due', () => {
  test('is to a text from the moment it was sent', () => {
    sends(text('Hello?'));
    expect(exchange.due).toEqual({ what: 'text', sinceMs: 10_000 });
    hears(speech);
    expect(exchange.due).toBeUndefined();
  });

  test('is to speech that was transcribed, from its last words on', () => {
    speaks(1, 20);
    expect(exchange.due).toBeUndefined();
    hears(words('go'));
    nowMs += 300;
    hears(words(' forward'));
    expect(exchange.due).toEqual({ what: 'speech', sinceMs: nowMs });
  });

  test('is to a second of voice of which the service has shown no sign, and to no cough', () => {
    speaks(1, 49);
    expect(exchange.due).toBeUndefined();
    speaks(50, 50);
    expect(exchange.due).toEqual({ what: 'utterance', sinceMs: nowMs - 20 });
    hears({ type: 'activity', phase: 'started' });
    expect(exchange.due).toBeUndefined();
  });

  test('is none while a tool is at work, and is to its result', () => {
    sends(text('What is the weather?'));
    hears({ type: 'tool-calls', calls: [call] });
    expect(exchange.due).toBeUndefined();
    expect(exchange.answerTools([result], nowMs)).toEqual([result]);
    expect(exchange.turn.phase).not.toBe('none');
  });

  test('is none of a model that has ended the turn without one, where it may', () => {
    exchange = new Exchange({ answersAlways: false });
    speaks(1, 60);
    hears(words('hm'), { type: 'activity', phase: 'ended' }, { type: 'turn-complete' });
    expect(exchange.due).toBeUndefined();
    expect(takesUp()).toEqual([]);
  });
});

describe('another connection', () => {
  test('is sent what was not answered, from its beginning', () => {
    speaks(1, 5);
    expect(marks(takesUp())).toEqual([1, 2, 3, 4, 5]);
    hears(speech);
    expect(takesUp()).toEqual([]);
  });

  test('after an orderly close is not sent what the service has transcribed', () => {
    speaks(1, 5);
    expect(marks(takesUp(true, true))).toEqual([1, 2, 3, 4, 5]);
    hears(words('go'));
    expect(takesUp(true, true)).toEqual([]);
  });

  test('is sent results of tools first, where it knows their calls', () => {
    hears({ type: 'tool-calls', calls: [call] });
    sends(text('And then?'));
    exchange.connecting(true);
    exchange.answerTools([result], nowMs);
    expect(exchange.takeUp(true, false).inputs.map(({ type }) => type)).toEqual(['tool-results', 'text']);
  });

  test('is sent none where it does not, and its model owes them no answer', () => {
    hears({ type: 'tool-calls', calls: [call] });
    exchange.connecting(false);
    exchange.answerTools([result], nowMs);
    expect(exchange.takeUp(false, false).inputs).toEqual([]);
    expect(exchange.due).toBeUndefined();
  });

  test('says which words are heard again, until they are answered', () => {
    speaks(1, 5);
    hears(words('go forward'));
    exchange.connecting(true);
    expect(exchange.takeUp(true, false).again).toBe('go forward');
    hears(words('go forward'), speech);
    exchange.connecting(true);
    expect(exchange.takeUp(true, false).again).toBe('');
  });

  test('does not confirm by the end of an old answer what was said since', () => {
    sends(text('One.'));
    hears(speech, { type: 'connection', state: 'rotating' });
    sends(text('Two.'));
    hears(speech);
    expect(takesUp()).toContainEqual(text('Two.'));
  });
});

describe('no news are', () => {
  test('calls that were made before', () => {
    expect(hears({ type: 'tool-calls', calls: [call] })).toHaveLength(1);
    expect(hears({ type: 'tool-calls', calls: [call] })).toEqual([]);
    expect(hears({ type: 'tool-calls', calls: [call, { ...call, id: 'c2' }] })).toEqual([
      { type: 'tool-calls', calls: [{ ...call, id: 'c2' }] },
    ]);
  });
});

describe('an answer to the result of a tool', () => {
  beforeEach(() => {
    exchange = new Exchange({ answersAlways: true, waitsForResults: true });
    hears({ type: 'tool-calls', calls: [call] });
    sends(text('And tomorrow?'));
    hears({ type: 'connection', state: 'rotating' });
    sends(...takesUp());
    exchange.calls.sent(exchange.answerTools([result], nowMs));
    hears(speech);
  });

  test('is not about what was typed since the call: after a loss that is sent again', () => {
    hears({ type: 'connection', state: 'rotating' });
    expect(takesUp()).toEqual([text('And tomorrow?')]);
  });

  test('leaves no doubt once the next answer has begun, or 10 s have passed', () => {
    hears({ type: 'turn-complete' }, speech, { type: 'connection', state: 'rotating' });
    expect(takesUp()).toEqual([]);
  });
});

describe('a quiet moment', () => {
  test('is 0.8 s after speech that was answered, and 6 s after speech that was not', () => {
    expect(exchange.isQuiet(nowMs)).toBe(true);
    speaks(1, 5);
    expect([exchange.isQuiet(nowMs + 5_900), exchange.isQuiet(nowMs + 6_100)]).toEqual([false, true]);
    hears(speech);
    expect(exchange.isQuiet(nowMs + 60_000)).toBe(false);
    hears({ type: 'turn-complete' });
    expect([exchange.isQuiet(nowMs + 700), exchange.isQuiet(nowMs + 900)]).toEqual([false, true]);
  });

  test('is none while a tool is at work, a turn is held open or a text waits', () => {
    hears({ type: 'tool-calls', calls: [call] }, { type: 'turn-complete' });
    expect(exchange.isQuiet(nowMs + 60_000)).toBe(false);
    exchange = new Exchange({ answersAlways: true });
    sends({ type: 'activity-start' });
    expect(exchange.isQuiet(nowMs + 60_000)).toBe(false);
    exchange = new Exchange({ answersAlways: true });
    sends(text('Hello?'));
    expect(exchange.isQuiet(nowMs + 60_000)).toBe(false);
  });
});

test('what is taken back is not sent again, and its calls are named', () => {
  speaks(1, 60);
  hears(words('delete it'), { type: 'tool-calls', calls: [call] });
  expect(exchange.cancel(nowMs)).toMatchObject({ calls: [call], isActivityOpen: false });
  expect(exchange.due).toBeUndefined();
  expect(marks(takesUp())).toEqual([]);
});

test('an answer is complete at the latest when it has been played', () => {
  sends(text('Hello?'));
  hears(speech);
  expect(exchange.completeByMs).toBeUndefined();
  hears({ type: 'generation-complete' });
  expect(exchange.completeByMs).toBe(nowMs + 20);
  expect(exchange.overdue(nowMs + 20).event).toEqual({ type: 'turn-complete', late: true });
  expect(exchange.completeByMs).toBeUndefined();
});

test('the words of speech that is sent again are kept when an answer begins in the midst of it', () => {
  sends(text('Hello?'));
  speaks(1, 60);
  hears(words('Go forward.'));
  exchange.connecting(true);
  const { inputs, again } = exchange.takeUp(true, false);
  expect(again).toBe('Go forward.');
  // A part of it has been sent, and the text is answered.
  for (const input of inputs.slice(0, 20)) exchange.sent(input, nowMs);
  hears(speech);
  hears({ type: 'connection', state: 'rotating', reason: '1006' });
  exchange.connecting(true);
  expect(exchange.takeUp(true, false).again).toBe('Go forward.');
});

test('of speech that is being sent again the words of what has not been sent are kept', () => {
  speaks(1, 50);
  nowMs += 900;
  speaks(51, 100);
  hears(words(' Go forward.'), words(' Then stop.'));
  exchange.connecting(true);
  for (const input of exchange.takeUp(true, false).inputs.slice(0, 50)) exchange.sent(input, nowMs);
  exchange.observe({ type: 'activity', phase: 'ended' }, nowMs + 20);
  hears(speech);
  hears({ type: 'connection', state: 'rotating', reason: '1006' });
  for (let mark = 51; mark <= 100; mark += 1)
    exchange.buffer.record({ type: 'audio', chunk: frame(mark), voiced: true }, nowMs);
  exchange.connecting(true);
  expect(exchange.takeUp(true, false).again).toBe(' Then stop.');
});

test('words of speech that was sent again whole are answered, and speech that goes on has its own', () => {
  speaks(1, 60);
  hears(words(' Tell me what the weather is like.'));
  exchange.connecting(true);
  for (const input of exchange.takeUp(true, false).inputs) exchange.sent(input, nowMs);
  // All of it has been sent, and the answer begins in the midst of what is said now.
  for (let mark = 61; mark <= 120; mark += 1)
    exchange.sent({ type: 'audio', chunk: frame(mark, mark > 90), voiced: mark > 90 }, nowMs);
  hears(speech, words(' And tomorrow?'));
  hears({ type: 'connection', state: 'rotating', reason: 'goAway' });
  exchange.connecting(true);
  expect(exchange.takeUp(true, true).again).toBe(' And tomorrow?');
});

test('words that come after the answer that began in their midst are kept beside those of the next utterance', () => {
  sends(text('Hello?'));
  speaks(1, 40);
  hears(speech, words(' Go forward.'));
  hears({ type: 'generation-complete' });
  nowMs += 3_000;
  hears({ type: 'turn-complete' });
  speaks(41, 60);
  hears(words(' Then stop.'));
  hears({ type: 'connection', state: 'rotating', reason: 'goAway' });
  exchange.connecting(true);
  const { inputs, again } = exchange.takeUp(true, true);
  expect(marks(inputs).filter((mark) => mark > 0)).toEqual(
    Array.from({ length: 60 }, (_, index) => index + 1),
  );
  expect(again).toBe(' Go forward. Then stop.');
});

test('words that come again after the answer to a tool’s result take the place of the first', () => {
  const waiting = new Exchange({ answersAlways: true, waitsForResults: true });
  const sent = (mark: number): void =>
    waiting.sent({ type: 'audio', chunk: frame(mark), voiced: true }, nowMs);
  const lost = (): string => {
    waiting.observe({ type: 'connection', state: 'rotating', reason: '1006' }, nowMs);
    waiting.connecting(true);
    const { inputs, again } = waiting.takeUp(true, false);
    waiting.calls.sent([result]);
    for (const input of inputs) if (input.type === 'audio') waiting.sent(input, nowMs);
    return again;
  };
  waiting.observe({ type: 'tool-calls', calls: [call] }, nowMs);
  for (let mark = 1; mark <= 40; mark += 1) sent(mark);
  waiting.answerTools([result], nowMs);
  waiting.calls.sent([result]);
  waiting.observe(words(' Then stop'), nowMs);
  expect(lost()).toBe(' Then stop');
  waiting.observe(speech, nowMs);
  waiting.observe(words(' Then stop'), nowMs);
  expect(lost()).toBe(' Then stop');
});
