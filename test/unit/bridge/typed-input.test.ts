// Texts that do not reach the model while the Live API is away: their senders are informed, and nobody else.
import { expect, test } from 'vitest';
import { bridged } from '../../support/bridged.js';
import { fakeClock } from '../../support/fake-clock.js';

test('each sender gets one event with the number of their texts that were not sent', async () => {
  using clock = fakeClock();
  const { room, session, bridge } = bridged();
  for (const name of ['ana', 'ben', 'cem']) room.join(name);
  bridge.start();
  for (const name of ['ana', 'ana', 'ben', 'cem', 'ana']) room.chat(name, `from ${name}`);
  // As a buffer does that is full: the oldest first.
  for (const onUnsent of session.onUnsent.slice(0, 3)) onUnsent?.();
  await clock.advance(999);
  const unsent = () =>
    room
      .textsOn('gemini.event')
      .map(({ text, options }) => ({ ...(JSON.parse(text) as { readonly code?: string }), to: options.to }))
      .filter(({ code }) => code === 'unsent');
  expect(unsent()).toEqual([]);
  await clock.advance(1);
  expect(unsent()).toMatchObject([
    { to: ['ana'], type: 'error', fatal: false, message: expect.stringContaining('2 of your messages') },
    { to: ['ben'], type: 'error', fatal: false, message: expect.stringContaining('1 of your messages') },
  ]);
  await bridge.close();
});

test('a text that was not sent is no part of the conversation, and closing leaves no timer', async () => {
  using clock = fakeClock();
  const { room, session, bridge, ledger } = bridged({ control: ['ana'] });
  room.join('ana');
  bridge.start();
  room.chat('ana', 'never sent');
  room.chat('ana', 'sent');
  session.onUnsent[0]?.();
  const turns = [
    { role: 'user', parts: [{ text: 'context' }] },
    { role: 'model', parts: [{ text: 'in two ' }, { text: 'parts' }] },
  ];
  await room.call('ana', 'add_context', JSON.stringify({ turns }));
  expect(JSON.stringify(ledger.contents())).toContain('in two parts');
  session.onUnsent[2]?.();
  expect(JSON.stringify(ledger.contents())).not.toMatch(/never sent|context|parts":.*in two/);
  expect(JSON.stringify(ledger.contents())).toContain('sent');
  await bridge.close();
  expect(clock.timers).toBe(0);
});
