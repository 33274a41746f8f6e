// The supervisor's watchdogs: sessions that are open and of no use end in another connection, once.
import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../../src/session/port.js';
import { fakeClock } from '../../support/fake-clock.js';
import { call, frame, handle, marks, speech, start } from '../../support/supervised.js';

describe('watchdogs', () => {
  test('an answer that does not come is asked for on another connection, once', async () => {
    using clock = fakeClock();
    const { service, session } = start({ answersAlways: true });
    await service.wire.accept();
    service.wire.emit(handle);
    for (let i = 1; i <= 10; i += 1) session.sendAudio(frame(i));
    service.wire.emit({ type: 'input-transcript', text: 'hello', finished: false, interim: false });
    await clock.advance(10_001);
    expect(service.wires[0]?.closes).toBe(1);
    await clock.advance(1_100);
    await service.wire.accept();
    await clock.advance(1_000);
    expect(marks(service.wire.sent)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    service.wire.emit({ type: 'input-transcript', text: 'hello', finished: false, interim: false });
    await clock.advance(30_000);
    expect(service.wire.closes).toBe(0);
    await session.close();
  });

  test('on models that may say nothing, nothing is an answer', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    await service.wire.accept();
    service.wire.emit({ type: 'input-transcript', text: 'hello', finished: false, interim: false });
    await clock.advance(60_000);
    expect(service.wires).toHaveLength(1);
    await session.close();
  });

  test('a turn of near silence ends in another connection; one that is heard does not', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    await service.wire.accept();
    service.wire.emit(handle, speech, { type: 'turn-complete' });
    expect(service.wire.closes).toBe(0);
    const silence: ModelEvent = {
      type: 'audio',
      chunk: { samples: new Int16Array(24_000).fill(18), rate: 24_000 },
    };
    service.wire.emit(silence, { type: 'turn-complete' });
    expect(service.wires[0]?.closes).toBe(1);
    await clock.advance(1_100);
    expect(service.wires).toHaveLength(2);
    await session.close();
  });

  test('a generation that stalls ends in another connection', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    await service.wire.accept();
    service.wire.emit(handle, speech);
    await clock.advance(11_000);
    expect(service.wires[0]?.closes).toBe(1);
    await session.close();
  });

  test('a socket that answers no pings is dead after two of them', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    await service.wire.accept();
    service.wire.emit(handle);
    service.wire.answersPings = false;
    await clock.advance(59_000);
    expect(service.wires).toHaveLength(1);
    await clock.advance(2_000);
    expect(service.wires).toHaveLength(2);
    expect(service.wire.handle).toBe('h1');
    await session.close();
  });

  const words: ModelEvent = { type: 'input-transcript', text: 'hello', finished: false, interim: false };

  test('an answer that has come is the answer, whenever the transcript of the question comes', async () => {
    using clock = fakeClock();
    const { service, session } = start({ answersAlways: true });
    await service.wire.accept();
    for (let i = 1; i <= 60; i += 1) session.sendAudio(frame(i));
    service.wire.emit(speech, { type: 'generation-complete' }, { type: 'turn-complete' }, words);
    await clock.advance(15_000);
    expect(service.wires[0]?.closes).toBe(0);
    await session.close();
  });

  test('words during a tool call wait for the tool', async () => {
    using clock = fakeClock();
    const { service, session } = start({ answersAlways: true });
    await service.wire.accept();
    service.wire.emit({ type: 'tool-calls', calls: [call] }, { type: 'turn-complete' });
    for (let i = 1; i <= 60; i += 1) session.sendAudio(frame(i));
    service.wire.emit(words);
    await clock.advance(15_000);
    expect(service.wires[0]?.closes).toBe(0);
    await session.close();
  });

  test('a text that is not answered is asked once more, then reported', async () => {
    using clock = fakeClock();
    const { service, session, events } = start({ answersAlways: true });
    await service.wire.accept();
    session.sendText('Are you there?');
    await clock.advance(10_001);
    expect(service.wire.of('text')).toHaveLength(2);
    await clock.advance(30_000);
    expect(service.wire.of('text')).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'error')).toMatchObject([
      { code: 'unanswered', fatal: false },
    ]);
    await session.close();
  });

  test.each([true, false])(
    'speech of which the service shows no sign (answers always: %s)',
    async (answersAlways) => {
      using clock = fakeClock();
      const { service, session, events } = start({ answersAlways });
      await service.wire.accept();
      service.wire.emit(handle);
      for (let i = 1; i <= 60; i += 1) session.sendAudio(frame(i));
      await clock.advance(10_001);
      const reported = events.filter((event) => event.type === 'error' && event.code === 'unheard');
      expect([service.wires[0]?.closes, reported.length]).toEqual(answersAlways ? [1, 0] : [0, 1]);
      await session.close();
    },
  );
});
