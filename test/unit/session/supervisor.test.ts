// The supervisor with a fake service and a fake clock: what reaches the service, and when.
import { describe, expect, test } from 'vitest';
import type { PcmChunk } from '../../../src/audio/pcm.js';
import { capabilitiesOf } from '../../../src/profile/model-capabilities.js';
import type { Content, ModelEvent, ToolCall } from '../../../src/session/port.js';
import { Supervisor } from '../../../src/session/supervisor.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeService } from '../../support/fake-wire.js';
import {
  call,
  frame,
  handle,
  marks,
  profileOf,
  quietLog,
  result,
  speech,
  start,
} from '../../support/supervised.js';

describe('inputs', () => {
  test('wait for the connection and then go out in order', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    session.sendAudio(frame(1));
    session.sendText('hello');
    session.sendAudio(frame(2));
    expect(service.wire.sent).toEqual([]);
    await service.wire.accept();
    expect(service.wire.sent.map(({ type }) => type)).toEqual(['audio', 'text', 'audio']);
    await session.close();
    expect(clock.timers).toBe(0);
  });

  test('of more than ten seconds without a connection the oldest audio is dropped', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    for (let i = 0; i < 600; i += 1) session.sendAudio(frame(i));
    await service.wire.accept();
    await clock.advance(5_000);
    expect(marks(service.wire.sent)).toEqual(Array.from({ length: 500 }, (_, i) => i + 100));
    await session.close();
  });

  test('a long pause does not push out what was said before it', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    for (let i = 1; i <= 50; i += 1) session.sendAudio(frame(i));
    for (let i = 0; i < 1_000; i += 1) session.sendAudio(frame(0, false));
    session.sendAudio(frame(51));
    await service.wire.accept();
    await clock.advance(5_000);
    expect(marks(service.wire.sent).filter((mark) => mark > 0)).toEqual(
      Array.from({ length: 51 }, (_, i) => i + 1),
    );
    expect(service.wire.of('audio').length).toBeLessThan(100);
    await session.close();
  });

  test('what waited goes out at four times real time at most, and new audio after it', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    for (let i = 0; i < 100; i += 1) session.sendAudio(frame(i));
    await service.wire.accept();
    await clock.advance(100);
    const early = service.wire.of('audio').length;
    expect(early).toBeGreaterThanOrEqual(20);
    expect(early).toBeLessThanOrEqual(24);
    session.sendAudio(frame(1_000));
    await clock.advance(2_000);
    expect(marks(service.wire.sent).at(-1)).toBe(1_000);
    expect(marks(service.wire.sent)).toHaveLength(101);
    await session.close();
  });

  test('history goes in before anything else', async () => {
    using _clock = fakeClock();
    const history: Content[] = [{ role: 'user', parts: [{ text: 'I am Ana.' }] }];
    const { service, session } = start({ history });
    session.sendText('Who am I?');
    expect(service.wire.seed).toBe(true);
    await service.wire.accept();
    expect(service.wire.sent).toEqual([
      { type: 'context', turns: history, turnComplete: false },
      { type: 'text', text: 'Who am I?' },
    ]);
    await session.close();
  });
});

describe('a loss', () => {
  test('takes the session up again and sends the utterance from its onset', async () => {
    using clock = fakeClock();
    const { service, session, events } = start();
    await service.wire.accept();
    service.wire.emit(handle);
    for (let i = 0; i < 50; i += 1) session.sendAudio(frame(0, false));
    for (let i = 1; i <= 10; i += 1) session.sendAudio(frame(i));
    service.wire.end({ code: 1011 });
    for (let i = 11; i <= 15; i += 1) session.sendAudio(frame(i));
    expect(service.wires).toHaveLength(2);
    expect(service.wire.handle).toBe('h1');
    await service.wire.accept();
    await clock.advance(1_000);
    expect(marks(service.wire.sent).filter((mark) => mark > 0)).toEqual(
      Array.from({ length: 15 }, (_, i) => i + 1),
    );
    expect(events.filter(({ type }) => type === 'connection')).toEqual([
      { type: 'connection', state: 'connecting' },
      { type: 'connection', state: 'open' },
      { type: 'connection', state: 'rotating', reason: '1011' },
      { type: 'connection', state: 'open', restored: 'resumed', reason: '1011' },
    ]);
    await session.close();
  });

  test('opens a turn that a person holds open again, before what was said in it', async () => {
    using clock = fakeClock();
    const { service, session } = start({ manual: true });
    await service.wire.accept();
    service.wire.emit(handle);
    session.startActivity();
    session.sendAudio(frame(1));
    service.wire.end();
    session.sendAudio(frame(2));
    session.endActivity();
    await service.wire.accept();
    await clock.advance(500);
    expect(service.wire.sent.map(({ type }) => type)).toEqual([
      'activity-start',
      'audio',
      'audio',
      'activity-end',
    ]);
    service.wire.end();
    await clock.advance(2_000);
    await service.wire.accept();
    await clock.advance(500);
    expect(service.wire.sent.map(({ type }) => type)).toEqual([
      'activity-start',
      'audio',
      'audio',
      'activity-end',
    ]);
    await session.close();
  });

  test('does not send again what was answered', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    await service.wire.accept();
    service.wire.emit(handle);
    for (let i = 1; i <= 10; i += 1) session.sendAudio(frame(i));
    service.wire.emit(speech);
    service.wire.end();
    await service.wire.accept();
    await clock.advance(1_000);
    expect(service.wire.of('audio')).toEqual([]);
    await session.close();
  });

  test('does not tell the words of an utterance twice when it is heard again', async () => {
    using clock = fakeClock();
    const { service, session, events } = start();
    await service.wire.accept();
    service.wire.emit(handle);
    for (let i = 1; i <= 10; i += 1) session.sendAudio(frame(i));
    const transcript: ModelEvent = {
      type: 'input-transcript',
      text: 'go forward',
      finished: false,
      interim: false,
    };
    service.wire.emit(transcript);
    service.wire.end();
    await service.wire.accept();
    await clock.advance(500);
    service.wire.emit(transcript, speech);
    service.wire.emit({ ...transcript, text: 'and back' });
    const heard = events.flatMap((event) => (event.type === 'input-transcript' ? [event.text] : []));
    expect(heard).toEqual(['go forward', 'and back']);
    await session.close();
  });

  test('a tool’s answer that may not have arrived is sent again, one that is due is sent first', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    await service.wire.accept();
    service.wire.emit(handle, { type: 'tool-calls', calls: [call] });
    service.wire.end();
    session.sendToolResults([result]);
    await service.wire.accept();
    expect(service.wire.of('tool-results')).toEqual([{ type: 'tool-results', results: [result] }]);
    service.wire.end();
    await service.wire.accept();
    expect(service.wire.of('tool-results')).toHaveLength(1);
    service.wire.emit(speech);
    service.wire.end();
    await service.wire.accept();
    expect(service.wire.of('tool-results')).toEqual([]);
    await clock.advance(0);
    await session.close();
  });

  test('of a session that is built again the model is told what was said, not the old call’s answer', async () => {
    using _clock = fakeClock();
    const ledger: Content[] = [{ role: 'user', parts: [{ text: 'What is the weather?' }] }];
    const { service, session, events } = start({ ledger });
    await service.wire.accept();
    const other: ToolCall = { ...call, id: 'c2', name: 'clock' };
    service.wire.emit(handle, { type: 'tool-calls', calls: [call, other] });
    service.wire.end();
    session.sendToolResults([result]);
    service.wire.end({ code: 1008, reason: 'session not found' });
    await service.wire.accept();
    expect(service.wire.sent).toEqual([{ type: 'context', turns: ledger, turnComplete: false }]);
    session.sendToolResults([{ id: 'c2', name: 'clock', response: { time: 'noon' } }]);
    expect(service.wire.of('tool-results')).toEqual([]);
    expect(JSON.stringify(service.wire.of('context').at(-1))).toContain('noon');
    expect(events.at(-1)).toMatchObject({ type: 'connection', state: 'open', restored: 'rebuilt' });
    await session.close();
  });

  test('a repeated tool call is not run again', async () => {
    using _clock = fakeClock();
    const { service, session, events } = start();
    await service.wire.accept();
    service.wire.emit(handle, { type: 'tool-calls', calls: [call] });
    service.wire.end();
    await service.wire.accept();
    service.wire.emit({ type: 'tool-calls', calls: [call] });
    expect(events.filter(({ type }) => type === 'tool-calls')).toHaveLength(1);
    await session.close();
  });

  test('no answer is sent to a call that was cancelled, or twice', async () => {
    using _clock = fakeClock();
    const { service, session } = start();
    await service.wire.accept();
    const other: ToolCall = { ...call, id: 'c2' };
    service.wire.emit({ type: 'tool-calls', calls: [call, other] }, { type: 'tool-cancelled', ids: ['c1'] });
    session.sendToolResults([result]);
    session.sendToolResults([{ ...result, id: 'c2' }]);
    session.sendToolResults([{ ...result, id: 'c2' }]);
    expect(service.wire.of('tool-results').flatMap(({ results }) => results.map(({ id }) => id))).toEqual([
      'c2',
    ]);
    await session.close();
  });
});

test('the first try to get back into a call is given up sooner than the first connection and later tries', async () => {
  using clock = fakeClock();
  const { service, session } = start();
  await service.wire.accept();
  service.wire.emit(handle);
  service.wire.end();
  service.wire.end({ code: 1006, reason: 'no setupComplete' });
  await clock.advance(1_300);
  await service.wire.accept();
  service.wire.emit({ type: 'go-away', timeLeftMs: 50_000 });
  await clock.advance(1_300);
  expect(service.wires.map(({ deadlineMs }) => deadlineMs)).toEqual([undefined, 4_000, undefined, 4_000]);
  await session.close();
});

describe('a rotation', () => {
  test('waits until nobody speaks, no turn is open and no tool runs, and loses nothing', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    await service.wire.accept();
    service.wire.emit(handle, speech, { type: 'go-away', timeLeftMs: 50_000 });
    const first = service.wire;
    await clock.advance(3_000);
    expect(first.closes).toBe(0);
    service.wire.emit({ type: 'tool-calls', calls: [call] }, { type: 'turn-complete' });
    await clock.advance(3_000);
    expect(first.closes).toBe(0);
    session.sendToolResults([result]);
    await clock.advance(200);
    expect(first.closes).toBe(1);
    session.sendAudio(frame(1));
    expect(service.alive).toBe(0);
    await clock.advance(1_100);
    expect(service.wires).toHaveLength(2);
    session.sendAudio(frame(2));
    await service.wire.accept();
    await clock.advance(200);
    expect(marks(service.wire.sent)).toEqual([1, 2]);
    await session.close();
  });

  test('sends an utterance again that the service has not understood for seconds, and none that it has', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    await service.wire.accept();
    service.wire.emit(handle);
    const rotate = async (): Promise<number[]> => {
      service.wire.emit({ type: 'go-away', timeLeftMs: 50_000 });
      for (let i = 0; i < 400; i += 1) {
        session.sendAudio(frame(0, false));
        await clock.advance(20);
      }
      await service.wire.accept();
      service.wire.emit(handle);
      await clock.advance(1_000);
      return marks(service.wire.sent).filter((mark) => mark > 0);
    };
    for (let i = 1; i <= 20; i += 1) session.sendAudio(frame(i));
    expect(await rotate()).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(service.wires).toHaveLength(2);
    service.wire.emit({ type: 'input-transcript', text: 'go', finished: false, interim: false });
    expect(await rotate()).toEqual([]);
    expect(service.wires).toHaveLength(3);
    await session.close();
  });

  test('sends the soft beginning of a word again that was cut off from the rest', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    await service.wire.accept();
    service.wire.emit(handle);
    const soft = (mark: number): PcmChunk => ({ samples: new Int16Array(320).fill(mark), rate: 16_000 });
    for (let i = 1; i <= 50; i += 1) session.sendAudio(soft(i));
    service.wire.emit({ type: 'go-away', timeLeftMs: 50_000 });
    for (let i = 1; i <= 5; i += 1) session.sendAudio(frame(i));
    await clock.advance(1_100);
    await service.wire.accept();
    await clock.advance(500);
    const sent = service.wire.of('audio').map(({ chunk }) => chunk.samples[0]);
    expect(sent).toEqual([
      ...Array.from({ length: 12 }, (_, i) => i + 39),
      2_001,
      2_002,
      2_003,
      2_004,
      2_005,
    ]);
    await session.close();
  });

  test('does not come while a person holds a turn open', async () => {
    using clock = fakeClock();
    const { service, session } = start({ manual: true });
    await service.wire.accept();
    service.wire.emit(handle);
    session.startActivity();
    service.wire.emit({ type: 'go-away', timeLeftMs: 50_000 });
    await clock.advance(10_000);
    expect(service.wire.closes).toBe(0);
    session.endActivity();
    await clock.advance(7_000);
    expect(service.wires[0]?.closes).toBe(1);
    await session.close();
  });

  test('does not wait past its deadline, and sends the utterance that it cut again', async () => {
    using clock = fakeClock();
    const { service, session } = start();
    await service.wire.accept();
    service.wire.emit(handle, { type: 'go-away', timeLeftMs: 5_000 });
    const first = service.wire;
    for (let i = 1; i <= 200; i += 1) {
      session.sendAudio(frame(i));
      await clock.advance(20);
    }
    expect(first.closes).toBe(1);
    await clock.advance(1_100);
    await service.wire.accept();
    await clock.advance(3_000);
    expect(marks(service.wire.sent)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    await session.close();
  });
});

test('without compression the end of a session is told of, and a new one is told what was said', async () => {
  using clock = fakeClock();
  const ledger: Content[] = [{ role: 'user', parts: [{ text: 'My name is Ana.' }] }];
  const { service, session, events } = start({ compresses: false, ledger });
  await service.wire.accept();
  service.wire.emit(handle);
  session.sendImage({ bytes: new Uint8Array(3) });
  await clock.advance(74_000);
  expect(service.wires).toHaveLength(1);
  await clock.advance(3_000);
  expect(events).toContainEqual({
    type: 'connection',
    state: 'open',
    reason: 'a session without compression lasts 2 min',
  });
  expect(service.wires).toHaveLength(2);
  expect(service.wire.handle).toBeUndefined();
  await service.wire.accept();
  expect(service.wire.of('context')[0]?.turns).toEqual(ledger);
  await session.close();
  expect(clock.timers).toBe(0);
});

test('a listener that throws stops nothing', async () => {
  using _clock = fakeClock();
  const service = new FakeService();
  let seen = 0;
  const session = new Supervisor(
    {
      openWire: service.open,
      capabilities: capabilitiesOf('gemini-3.8-live'),
      profile: profileOf({}),
      compresses: true,
      history: [],
      ledger: () => [],
      log: quietLog,
    },
    () => {
      seen += 1;
      throw new Error('listener');
    },
  );
  session.start();
  await service.wire.accept();
  service.wire.emit(speech, speech);
  expect(seen).toBeGreaterThan(3);
  await session.close();
});

test('after close() nothing is sent, nothing follows, and no timer is left', async () => {
  using clock = fakeClock();
  const { service, session, events } = start();
  await service.wire.accept();
  await session.close();
  await session.close();
  const count = events.length;
  session.sendText('late');
  service.wire.emit(speech);
  await clock.advance(120_000);
  expect(events).toHaveLength(count);
  expect(events.at(-1)).toEqual({ type: 'connection', state: 'closed' });
  expect(service.wire.of('text')).toEqual([]);
  expect(service.alive).toBe(0);
  expect(clock.timers).toBe(0);
});
