// Who may write to the model, by whichever way: chat, commands, pictures and LiveKit's session messages ask the same.
import { expect, test } from 'vitest';
import { TOPIC_CHAT, TOPIC_IMAGES } from '../../../src/protocol/topics.js';
import { bridged } from '../../support/bridged.js';
import { fakeClock } from '../../support/fake-clock.js';

const CONTEXT = JSON.stringify({ turns: [{ role: 'user', parts: [{ text: 'Hello.' }] }] });

/** By each way, whether a text of `mallory` reaches the session, or its stream is read. */
async function ways(profile: object): Promise<Record<string, boolean>> {
  using clock = fakeClock();
  const { room, session, bridge } = bridged({ model: 'gemini-2.0-flash-live-001', ...profile });
  for (const identity of ['ana', 'mallory']) room.join(identity);
  bridge.start();
  session.emit({ type: 'connection', state: 'open' });
  const accepts = async (method: string, payload: string): Promise<boolean> =>
    room.call('mallory', method, payload).then(
      () => true,
      () => false,
    );
  const say = await accepts('say', '{"text":"Hello."}');
  const addContext = await accepts('add_context', CONTEXT);
  const before = session.texts.length;
  room.chat('mallory', 'Hello.');
  await clock.settle();
  const chat = session.texts.length > before;
  const asked = session.texts.length;
  const request = { kind: 'run-input', id: 'r1', text: 'Hello.' } as const;
  room.emit({ type: 'session-request', identity: 'mallory', request });
  await clock.settle();
  const runInput = session.texts.length > asked;
  const [messages, pictures] = [TOPIC_CHAT, TOPIC_IMAGES].map((topic) => room.admits('mallory', topic));
  await bridge.close();
  return { say, addContext, chat, runInput, messages: messages === true, pictures: pictures === true };
}

test.each([
  ['anyone', {}, true],
  ['those whom chat names', { chat: ['ana'] }, false],
  ['those whom control names, mallory not among them', { control: ['ana'], chat: 'control' }, false],
  ['the one who is listened to', { listen: { policy: 'one', participant: 'ana' } }, false],
  [
    'the one who is listened to, and it is mallory',
    { listen: { policy: 'one', participant: 'mallory' } },
    true,
  ],
])('%s', async (_who, profile, may) => {
  const all = { say: may, addContext: may, chat: may, runInput: may, messages: may, pictures: may };
  expect(await ways(profile)).toEqual(all);
});

test('a commander of a list may write by command, also where chat does not name them', async () => {
  expect(await ways({ control: ['mallory'], chat: ['ana'] })).toMatchObject({
    say: true,
    addContext: true,
    chat: false,
    pictures: false,
  });
});
