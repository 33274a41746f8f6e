// Fields of the profile that decide who gets and gives what: events, captions, chat, and whose camera is seen.
import { expect, test } from 'vitest';
import { bridged } from '../../support/bridged.js';
import { fakeClock } from '../../support/fake-clock.js';

function started(profile: object, identities: readonly string[] = ['ana', 'ben']) {
  const call = bridged(profile);
  for (const identity of identities) call.room.join(identity);
  call.bridge.start();
  call.session.emit({ type: 'connection', state: 'open' });
  return call;
}

const typesOf = (events: readonly Record<string, unknown>[]) => [...new Set(events.map(({ type }) => type))];

test('events.types: only these are sent', async () => {
  using clock = fakeClock();
  const { session, events } = started({ events: { types: ['thought', 'dtmf'] } });
  session.emit({ type: 'thought', text: 'Hm.' });
  session.emit({ type: 'code', language: 'PYTHON', code: '1' });
  await clock.settle();
  expect(typesOf(events())).toEqual(['thought']);
});

test('events.to: nobody else is sent any, as text or as packet', async () => {
  using clock = fakeClock();
  const { room } = started({ events: { to: ['ben'], packets: true } });
  await clock.settle();
  const texts = room.textsOn('gemini.event');
  expect(texts.length).toBeGreaterThan(0);
  for (const { options } of texts) expect(options.to).toEqual(['ben']);
  const packets = room.packets.filter(({ topic }) => topic === 'gemini.event');
  expect(packets).toHaveLength(texts.length);
  for (const { to } of packets) expect(to).toEqual(['ben']);
});

test('events.packets: each event also as a packet with the same text', async () => {
  using clock = fakeClock();
  const { room } = started({ events: { packets: true } });
  await clock.settle();
  const packets = room.packets.map(({ bytes }) => Buffer.from(bytes).toString());
  expect(packets).toEqual(room.textsOn('gemini.event').map(({ text }) => text));
  expect(packets.length).toBeGreaterThan(0);
});

test.each([
  ['anyone', ['ana', 'ben']],
  ['control', ['ben']],
  [['ana'], ['ana']],
  [[], []],
  [undefined, ['ben']],
] as const)('chat %j: heard are %j where control names ben', async (chat, heard) => {
  using clock = fakeClock();
  const { room, session } = started({ control: ['ben'], ...(chat === undefined ? {} : { chat }) });
  room.chat('ana', 'of ana');
  room.chat('ben', 'of ben');
  await clock.settle();
  expect(session.texts).toEqual(heard.map((identity) => `of ${identity}`));
});

test('captions.user and captions.agent: each is left out by itself', async () => {
  for (const [captions, written] of [
    [{}, ['Hello.', 'Hi.']],
    [{ user: false }, ['Hi.']],
    [{ agent: false }, ['Hello.']],
  ] as const) {
    using clock = fakeClock();
    const { room, session } = started({ modality: 'text', model: 'gemini-2.0-flash-live-001', captions });
    room.publish('ana');
    await clock.settle();
    session.emit({ type: 'input-transcript', text: 'Hello.', finished: true, interim: false });
    session.emit({ type: 'text', text: 'Hi.' });
    session.emit({ type: 'generation-complete' });
    session.emit({ type: 'turn-complete' });
    await clock.advance(2_000);
    const texts = new Set(room.textsOn('lk.transcription').map(({ text }) => text));
    expect([...texts].sort()).toEqual([...written].sort());
  }
});

test('listen.participant: under policy one nobody else is heard', async () => {
  using clock = fakeClock();
  const { room, session } = started({ listen: { policy: 'one', participant: 'ben' } });
  const voices = { ana: room.publish('ana'), ben: room.publish('ben') };
  await clock.settle();
  expect(room.listenedTo).toEqual([voices.ben.sid]);
  room.hear(voices.ana.sid, { samples: new Int16Array(320).fill(5_000), rate: 16_000 });
  expect(session.calls.filter((call) => call === 'audio')).toEqual([]);
});

test.each([true, false])(
  'listen.announceSpeakers %s: the model is told who speaks',
  async (announceSpeakers) => {
    using clock = fakeClock();
    const { room, session } = started({ listen: { announceSpeakers } });
    const voices = { ana: room.publish('ana'), ben: room.publish('ben') };
    await clock.settle();
    for (let frame = 0; frame < 50; frame += 1) {
      for (const [identity, { sid }] of Object.entries(voices)) {
        const level = identity === 'ben' ? 5_000 : 0;
        room.hear(sid, { samples: new Int16Array(320).fill(level), rate: 16_000 });
      }
      await clock.advance(20);
    }
    const told = session.contexts.map(({ turns }) => JSON.stringify(turns));
    expect(told.filter((text) => text.includes('ben'))).toHaveLength(announceSpeakers ? 1 : 0);
  },
);
