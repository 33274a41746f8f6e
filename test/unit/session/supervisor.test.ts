// The supervisor with a fake service and a fake clock: what reaches the service, and when.
import { describe, expect, test } from 'vitest';
import type { Content, ModelEvent, ToolCall } from '../../../src/session/port.js';
import { advanceUtterance, noUtterance } from '../../../src/turns/utterance.js';
import { given, givenOpen, range } from '../../support/scenario.js';
import { call, handle, result, speech } from '../../support/supervised.js';

describe('inputs', () => {
  test('wait for the connection and then go out in order', async () => {
    await using scenario = given();
    scenario.speech(1);
    scenario.session.sendText('hello');
    scenario.speech(2);
    expect(scenario.connection.sent).toEqual([]);
    await scenario.serviceAccepts();
    expect(scenario.sent).toEqual(['audio', 'text', 'audio']);
  });

  test('of more than ten seconds without a connection the oldest audio is dropped', async () => {
    await using scenario = given();
    scenario.speech(0, 599);
    await scenario.serviceAccepts();
    await scenario.time(5_000);
    expect(scenario.marks).toEqual(range(100, 599));
  });

  test('a long pause does not push out what was said before it', async () => {
    await using scenario = given();
    scenario.speech(1, 50);
    scenario.silence(1_000);
    scenario.speech(51);
    await scenario.serviceAccepts();
    await scenario.time(5_000);
    expect(scenario.spoken).toEqual(range(1, 51));
    expect(scenario.connection.of('audio').length).toBeLessThan(100);
  });

  test('what waited goes out at four times real time at most, and new audio after it', async () => {
    await using scenario = given();
    scenario.speech(0, 99);
    await scenario.serviceAccepts();
    await scenario.time(100);
    const early = scenario.connection.of('audio').length;
    expect(early).toBeGreaterThanOrEqual(20);
    expect(early).toBeLessThanOrEqual(24);
    scenario.speech(1_000);
    await scenario.time(2_000);
    expect(scenario.marks.at(-1)).toBe(1_000);
    expect(scenario.marks).toHaveLength(101);
  });

  test('history goes in before anything else', async () => {
    const history: Content[] = [{ role: 'user', parts: [{ text: 'I am Ana.' }] }];
    await using scenario = given({ history });
    scenario.session.sendText('Who am I?');
    expect(scenario.connection.seed).toBe(true);
    await scenario.serviceAccepts();
    expect(scenario.connection.sent).toEqual([
      { type: 'context', turns: history, turnComplete: false },
      { type: 'text', text: 'Who am I?' },
    ]);
  });
});

test('a goAway in the instant of setupComplete waits for the handle, and replaces the connection then', async () => {
  await using scenario = given();
  await scenario.serviceAccepts();
  scenario.serviceSends({ type: 'go-away', timeLeftMs: 50_000 });
  await scenario.time(100);
  expect(scenario.service.alive).toBe(1);
  scenario.serviceSends(handle);
  await scenario.time(1_500);
  expect(scenario.connection.handle).toBe('h1');
});

describe('a loss', () => {
  test('takes the session up again and sends the utterance from its onset', async () => {
    await using scenario = await givenOpen({}, handle);
    scenario.silence(50);
    scenario.speech(1, 10);
    scenario.connectionEnds({ code: 1011 });
    scenario.speech(11, 15);
    expect(scenario.connections).toBe(2);
    expect(scenario.connection.handle).toBe('h1');
    await scenario.serviceAccepts();
    await scenario.time(1_000);
    expect(scenario.spoken).toEqual(range(1, 15));
    expect(scenario.eventsOf('connection')).toEqual([
      { type: 'connection', state: 'connecting' },
      { type: 'connection', state: 'open' },
      { type: 'connection', state: 'rotating', reason: '1011' },
      { type: 'connection', state: 'open', restored: 'resumed', reason: '1011' },
    ]);
  });

  test('opens a turn that a person holds open again, before what was said in it', async () => {
    await using scenario = await givenOpen({ manual: true }, handle);
    scenario.session.startActivity();
    scenario.speech(1);
    scenario.connectionEnds();
    scenario.speech(2);
    scenario.session.endActivity();
    await scenario.serviceAccepts();
    await scenario.time(500);
    expect(scenario.sent).toEqual(['activity-start', 'audio', 'audio', 'activity-end']);
    scenario.connectionEnds();
    await scenario.time(2_000);
    await scenario.serviceAccepts();
    await scenario.time(500);
    expect(scenario.sent).toEqual(['activity-start', 'audio', 'audio', 'activity-end']);
  });

  test('does not send again what was answered', async () => {
    await using scenario = await givenOpen({}, handle);
    scenario.speech(1, 10);
    scenario.silence(25);
    scenario.serviceSends(speech);
    scenario.connectionEnds();
    await scenario.serviceAccepts();
    await scenario.time(1_000);
    expect(scenario.connection.of('audio')).toEqual([]);
  });

  test('does send again speech that an answer has begun in the midst of', async () => {
    await using scenario = await givenOpen({}, handle);
    scenario.speech(1, 10);
    scenario.serviceSends(speech);
    scenario.speech(11, 15);
    scenario.connectionEnds();
    await scenario.serviceAccepts();
    await scenario.time(1_000);
    expect(scenario.spoken).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  });

  test('does not report the words of an utterance twice when it is heard again', async () => {
    await using scenario = await givenOpen({}, handle);
    scenario.speech(1, 10);
    const transcript: ModelEvent = {
      type: 'input-transcript',
      text: 'go forward',
      finished: false,
      interim: false,
    };
    scenario.serviceSends(transcript);
    scenario.connectionEnds();
    await scenario.serviceAccepts();
    await scenario.time(500);
    scenario.serviceSends(transcript, speech);
    scenario.serviceSends({ ...transcript, text: ' and back' });
    // What is heard again is announced with its words, so that captions leave out as many.
    let utterance = noUtterance;
    const said: string[] = [];
    for (const event of [...scenario.events, { type: 'flush' } as const]) {
      if (event.type !== 'input-transcript' && event.type !== 'input-restarted' && event.type !== 'flush')
        continue;
      const input = event.type === 'input-restarted' ? { ...event, type: 'restarted' as const } : event;
      const step = advanceUtterance(utterance, input, performance.now());
      utterance = step.utterance;
      said.push(...step.captions.filter(({ final }) => final).map(({ text }) => text));
    }
    expect(said).toEqual(['go forward and back']);
  });

  test('a tool’s answer that may not have arrived is sent again, one that is due is sent first', async () => {
    await using scenario = await givenOpen({}, handle, { type: 'tool-calls', calls: [call] });
    scenario.connectionEnds();
    scenario.session.sendToolResults([result]);
    await scenario.serviceAccepts();
    expect(scenario.connection.of('tool-results')).toEqual([{ type: 'tool-results', results: [result] }]);
    scenario.connectionEnds();
    await scenario.serviceAccepts();
    expect(scenario.connection.of('tool-results')).toHaveLength(1);
    scenario.serviceSends(speech);
    scenario.connectionEnds();
    await scenario.serviceAccepts();
    expect(scenario.connection.of('tool-results')).toEqual([]);
    await scenario.time(0);
  });

  test('a rebuilt session gets the conversation, not the result of the old call', async () => {
    const ledger: Content[] = [{ role: 'user', parts: [{ text: 'What is the weather?' }] }];
    await using scenario = await givenOpen({ ledger });
    const other: ToolCall = { ...call, id: 'c2', name: 'clock' };
    scenario.serviceSends(handle, { type: 'tool-calls', calls: [call, other] });
    scenario.connectionEnds();
    scenario.session.sendToolResults([result]);
    scenario.connectionEnds({ code: 1008, reason: 'session not found' });
    await scenario.serviceAccepts();
    expect(scenario.connection.sent).toEqual([{ type: 'context', turns: ledger, turnComplete: false }]);
    scenario.session.sendToolResults([{ id: 'c2', name: 'clock', response: { time: 'noon' } }]);
    expect(scenario.connection.of('tool-results')).toEqual([]);
    expect(JSON.stringify(scenario.connection.of('context').at(-1))).toContain('noon');
    expect(scenario.events.at(-1)).toMatchObject({ type: 'connection', state: 'open', restored: 'rebuilt' });
  });

  test('a repeated tool call is not run again', async () => {
    await using scenario = await givenOpen({}, handle, { type: 'tool-calls', calls: [call] });
    scenario.connectionEnds();
    await scenario.serviceAccepts();
    scenario.serviceSends({ type: 'tool-calls', calls: [call] });
    expect(scenario.eventsOf('tool-calls')).toHaveLength(1);
  });

  test('no answer is sent to a call that was cancelled, or twice', async () => {
    await using scenario = await givenOpen();
    const other: ToolCall = { ...call, id: 'c2' };
    scenario.serviceSends(
      { type: 'tool-calls', calls: [call, other] },
      { type: 'tool-cancelled', ids: ['c1'] },
    );
    scenario.session.sendToolResults([result]);
    scenario.session.sendToolResults([{ ...result, id: 'c2' }]);
    scenario.session.sendToolResults([{ ...result, id: 'c2' }]);
    expect(
      scenario.connection.of('tool-results').flatMap(({ results }) => results.map(({ id }) => id)),
    ).toEqual(['c2']);
  });
});

test('the first try to get back into a call is given up sooner than the first connection and later tries', async () => {
  await using scenario = await givenOpen({}, handle);
  scenario.connectionEnds();
  scenario.connectionEnds({ code: 1006, reason: 'no setupComplete' });
  await scenario.time(1_300);
  await scenario.serviceAccepts();
  scenario.serviceSends({ type: 'go-away', timeLeftMs: 50_000 });
  await scenario.time(1_300);
  expect(scenario.service.wires.map(({ deadlineMs }) => deadlineMs)).toEqual([
    undefined,
    4_000,
    undefined,
    4_000,
  ]);
});

describe('a rotation', () => {
  test('waits until nobody speaks, no turn is open and no tool runs, and loses nothing', async () => {
    await using scenario = await givenOpen({}, handle, speech, { type: 'go-away', timeLeftMs: 50_000 });
    const first = scenario.connection;
    await scenario.time(3_000);
    expect(first.closes).toBe(0);
    scenario.serviceSends({ type: 'tool-calls', calls: [call] }, { type: 'turn-complete' });
    await scenario.time(3_000);
    expect(first.closes).toBe(0);
    scenario.session.sendToolResults([result]);
    await scenario.time(200);
    expect(first.closes).toBe(1);
    scenario.speech(1);
    expect(scenario.service.alive).toBe(0);
    await scenario.time(1_100);
    expect(scenario.connections).toBe(2);
    scenario.speech(2);
    await scenario.serviceAccepts();
    await scenario.time(200);
    expect(scenario.marks).toEqual([1, 2]);
  });

  test('sends an utterance again that the service has not understood for seconds, and none that it has', async () => {
    await using scenario = await givenOpen({}, handle);
    const rotate = async (): Promise<number[]> => {
      scenario.serviceSends({ type: 'go-away', timeLeftMs: 50_000 });
      await scenario.silenceInTime(400);
      await scenario.serviceAccepts();
      scenario.serviceSends(handle);
      await scenario.time(1_000);
      return scenario.spoken;
    };
    scenario.speech(1, 20);
    expect(await rotate()).toEqual(range(1, 20));
    expect(scenario.connections).toBe(2);
    scenario.serviceSends({ type: 'input-transcript', text: 'go', finished: false, interim: false });
    expect(await rotate()).toEqual([]);
    expect(scenario.connections).toBe(3);
  });

  test('sends the soft beginning of a word again that was cut off from the rest', async () => {
    await using scenario = await givenOpen({}, handle);
    scenario.softSounds(1, 50);
    scenario.serviceSends({ type: 'go-away', timeLeftMs: 50_000 });
    scenario.speech(1, 5);
    await scenario.time(1_100);
    await scenario.serviceAccepts();
    await scenario.time(500);
    const sent = scenario.connection.of('audio').map(({ chunk }) => chunk.samples[0]);
    expect(sent).toEqual([...range(39, 50), 2_001, 2_002, 2_003, 2_004, 2_005]);
  });

  test('does not come while a person holds a turn open', async () => {
    await using scenario = await givenOpen({ manual: true }, handle);
    scenario.session.startActivity();
    scenario.serviceSends({ type: 'go-away', timeLeftMs: 50_000 });
    await scenario.time(10_000);
    expect(scenario.connection.closes).toBe(0);
    scenario.session.endActivity();
    await scenario.time(7_000);
    expect(scenario.closes[0]).toBe(1);
  });

  test('does not wait past its deadline, and sends the utterance that it cut again', async () => {
    await using scenario = await givenOpen({}, handle, { type: 'go-away', timeLeftMs: 5_000 });
    const first = scenario.connection;
    await scenario.speechInTime(1, 200);
    expect(first.closes).toBe(1);
    await scenario.time(1_100);
    await scenario.serviceAccepts();
    await scenario.time(3_000);
    expect(scenario.marks).toEqual(range(1, 200));
  });
});

test('without compression the end of a session is announced, and a new one gets the conversation', async () => {
  const ledger: Content[] = [{ role: 'user', parts: [{ text: 'My name is Ana.' }] }];
  await using scenario = await givenOpen({ compresses: false, ledger }, handle);
  scenario.session.sendImage({ bytes: new Uint8Array(3) });
  await scenario.time(74_000);
  expect(scenario.connections).toBe(1);
  await scenario.time(3_000);
  expect(scenario.events).toContainEqual({
    type: 'connection',
    state: 'open',
    reason: 'a session without compression lasts 2 min',
  });
  expect(scenario.connections).toBe(2);
  expect(scenario.connection.handle).toBeUndefined();
  await scenario.serviceAccepts();
  expect(scenario.connection.of('context')[0]?.turns).toEqual(ledger);
});

test('a listener that throws stops nothing', async () => {
  let seen = 0;
  await using scenario = await givenOpen({
    onEvent: () => {
      seen += 1;
      throw new Error('listener');
    },
  });
  scenario.serviceSends(speech, speech);
  expect(seen).toBeGreaterThan(3);
});

test('after close() nothing is sent, nothing follows, and no timer is left', async () => {
  await using scenario = await givenOpen();
  await scenario.session.close();
  await scenario.session.close();
  const count = scenario.events.length;
  scenario.session.sendText('late');
  scenario.serviceSends(speech);
  await scenario.time(120_000);
  expect(scenario.events).toHaveLength(count);
  expect(scenario.events.at(-1)).toEqual({ type: 'connection', state: 'closed' });
  expect(scenario.connection.of('text')).toEqual([]);
  expect(scenario.service.alive).toBe(0);
  expect(scenario.clock.timers).toBe(0);
});
