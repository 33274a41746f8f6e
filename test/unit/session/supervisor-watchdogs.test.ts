// The supervisor's watchdogs: sessions that are open and of no use end in another connection, once.
import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../../src/session/port.js';
import { givenOpen } from '../../support/scenario.js';
import { call, handle, speech } from '../../support/supervised.js';

describe('watchdogs', () => {
  test('an answer that does not come is asked for on another connection, once', async () => {
    await using scenario = await givenOpen({ answersAlways: true }, handle);
    scenario.speech(1, 10);
    scenario.serviceSends({ type: 'input-transcript', text: 'hello', finished: false, interim: false });
    await scenario.time(10_001);
    expect(scenario.closes[0]).toBe(1);
    await scenario.time(1_100);
    await scenario.serviceAccepts();
    await scenario.time(1_000);
    expect(scenario.marks).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    scenario.serviceSends({ type: 'input-transcript', text: 'hello', finished: false, interim: false });
    await scenario.time(30_000);
    expect(scenario.connection.closes).toBe(0);
  });

  test('on models that may say nothing, nothing is an answer', async () => {
    await using scenario = await givenOpen(
      {},
      { type: 'input-transcript', text: 'hello', finished: false, interim: false },
    );
    await scenario.time(60_000);
    expect(scenario.connections).toBe(1);
  });

  test('a turn of near silence ends in another connection; one that is heard does not', async () => {
    await using scenario = await givenOpen({}, handle, speech, { type: 'turn-complete' });
    expect(scenario.connection.closes).toBe(0);
    const silence: ModelEvent = {
      type: 'audio',
      chunk: { samples: new Int16Array(24_000).fill(18), rate: 24_000 },
    };
    scenario.serviceSends(silence, { type: 'turn-complete' });
    expect(scenario.closes[0]).toBe(1);
    await scenario.time(1_100);
    expect(scenario.connections).toBe(2);
  });

  test('a generation that stalls ends in another connection', async () => {
    await using scenario = await givenOpen({}, handle, speech);
    await scenario.time(11_000);
    expect(scenario.closes[0]).toBe(1);
  });

  test('a socket that answers no pings is dead after two of them', async () => {
    await using scenario = await givenOpen({}, handle);
    scenario.connection.answersPings = false;
    await scenario.time(59_000);
    expect(scenario.connections).toBe(1);
    await scenario.time(2_000);
    expect(scenario.connections).toBe(2);
    expect(scenario.connection.handle).toBe('h1');
  });

  const words: ModelEvent = { type: 'input-transcript', text: 'hello', finished: false, interim: false };

  test('an answer that has come is the answer, whenever the transcript of the question comes', async () => {
    await using scenario = await givenOpen({ answersAlways: true });
    scenario.speech(1, 60);
    scenario.serviceSends(speech, { type: 'generation-complete' }, { type: 'turn-complete' }, words);
    await scenario.time(15_000);
    expect(scenario.closes[0]).toBe(0);
  });

  test('words during a tool call wait for the tool', async () => {
    await using scenario = await givenOpen(
      { answersAlways: true },
      { type: 'tool-calls', calls: [call] },
      { type: 'turn-complete' },
    );
    scenario.speech(1, 60);
    scenario.serviceSends(words);
    await scenario.time(15_000);
    expect(scenario.closes[0]).toBe(0);
  });

  test('a text that is not answered is asked once more, then reported', async () => {
    await using scenario = await givenOpen({ answersAlways: true });
    scenario.session.sendText('Are you there?');
    await scenario.time(10_001);
    expect(scenario.connection.of('text')).toHaveLength(2);
    await scenario.time(30_000);
    expect(scenario.connection.of('text')).toHaveLength(2);
    expect(scenario.eventsOf('error')).toMatchObject([{ code: 'unanswered', fatal: false }]);
  });

  test.each([true, false])(
    'speech of which the service shows no sign (answers always: %s)',
    async (answersAlways) => {
      await using scenario = await givenOpen({ answersAlways }, handle);
      scenario.speech(1, 60);
      await scenario.time(10_001);
      const reported = scenario.events.filter((event) => event.type === 'error' && event.code === 'unheard');
      expect([scenario.closes[0], reported.length]).toEqual(answersAlways ? [1, 0] : [0, 1]);
    },
  );

  test('speech that is swallowed again after a text was answered ends in another connection, after speech was answered it does not', async () => {
    await using scenario = await givenOpen({}, handle);
    const swallowed = async (): Promise<void> => {
      scenario.speech(1, 60);
      await scenario.time(10_001);
    };
    await swallowed();
    scenario.speech(1, 60);
    scenario.serviceSends(speech, speech, { type: 'turn-complete' });
    await swallowed();
    expect(scenario.closes[0]).toBe(0);
    scenario.session.sendText('Are you there?');
    scenario.serviceSends(speech, speech, { type: 'turn-complete' });
    await swallowed();
    expect(scenario.closes[0]).toBe(1);
    expect(scenario.eventsOf('error')).toHaveLength(2);
  });
});
