import { expect, test, vi } from 'vitest';
import { type CommandTargets, commandHandlers } from '../../../src/bridge/commands.js';
import { Control } from '../../../src/lanes/control.js';
import { capabilitiesOf } from '../../../src/profile/model-capabilities.js';
import type { Profile } from '../../../src/profile/profile.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

function setUp(
  more: Pick<Partial<CommandTargets>, 'interrupt'> = {},
  control: Profile['control'] = 'anyone',
  model = 'gemini-3.8-live',
) {
  const room = new FakeRoom();
  const targets = {
    capabilities: capabilitiesOf(model),
    manualTurns: vi.fn(() => undefined),

    floor: () => undefined,
    mayBeHeard: () => true,
    interrupt: vi.fn(more.interrupt),
    say: vi.fn(),
    refusal: () => undefined,
    addContext: vi.fn(),
    configure: vi.fn(() => 'now' as const),
    approve: vi.fn(() => 'decided' as const),
    hangUp: vi.fn(),
    transcript: () => ({ turns: [] }),
    state: vi.fn(() => ({ agent: 'listening' })),
  };
  const lane = new Control({ room, control, handlers: commandHandlers(targets), log: quiet });
  lane.start();
  return { room, targets, detach: () => lane.close() };
}

test('a command of somebody whom control does not name is refused, whatever it is', async () => {
  const { room, targets } = setUp({}, ['ana']);
  for (const method of ['interrupt', 'say', 'hang_up', 'get_state', 'configure', 'start_turn']) {
    await expect(room.call('mallory', method, '{')).rejects.toMatchObject({ code: 403 });
  }
  expect(targets.interrupt).not.toHaveBeenCalled();
  await expect(room.call('ana', 'interrupt')).resolves.toBe('{}');
  expect(targets.interrupt).toHaveBeenCalledTimes(1);
});

test.each([
  ['say', 'not json', /must be JSON/],
  ['say', '{}', /text/],
  ['say', '{"text":""}', /text/],
  ['say', '{"text":"   "}', /text/],
  ['say', '{"text":5}', /text/],
  ['say', '{"text":"hi","loud":true}', /loud/],
  ['say', JSON.stringify({ text: 'x'.repeat(16_000) }), /at most 15360 bytes/],
  ['add_context', '{"turns":[]}', /turns/],
  ['add_context', '{"turns":[{"role":"system","parts":[{"text":"x"}]}]}', /role/],
  [
    'add_context',
    '{"turns":[{"role":"user","parts":[{"inlineData":{"mimeType":"a","data":"!"}}]}]}',
    /parts/,
  ],
  ['configure', '{"model":"another"}', /model/],
  ['get_state', '[]', /object/],
])('%s with %s is refused with the field that is wrong', async (method, payload, words) => {
  const { room, targets } = setUp({}, ['ana']);
  await expect(room.call('ana', method, payload)).rejects.toMatchObject({
    code: 400,
    message: expect.stringMatching(words),
  });
  for (const target of [targets.say, targets.addContext, targets.configure])
    expect(target).not.toHaveBeenCalled();
});

test('commands reach what they are for, and answer with JSON', async () => {
  const { room, targets } = setUp({}, ['ana']);
  await expect(room.call('ana', 'say', '{"text":"hello"}')).resolves.toBe('{}');
  expect(targets.say).toHaveBeenCalledWith('hello', 'ana');
  const turns = [{ role: 'model', parts: [{ text: 'I said so.' }] }];
  await room.call('ana', 'add_context', JSON.stringify({ turns }));
  await room.call('ana', 'add_context', JSON.stringify({ turns, turnComplete: true }));
  expect(targets.addContext.mock.calls).toEqual([
    [turns, false, 'ana'],
    [turns, true, 'ana'],
  ]);
  await expect(room.call('ana', 'configure', '{"instructions":"Be brief."}')).resolves.toBe(
    '{"applies":"now"}',
  );
  expect(targets.configure).toHaveBeenCalledWith({ instructions: 'Be brief.' });
  await room.call('ana', 'hang_up');
  expect(targets.hangUp).toHaveBeenCalledWith('ana');
  await expect(room.call('ana', 'get_state')).resolves.toBe('{"agent":"listening"}');
});

test('under control anyone nobody changes the profile or speaks in the role of the model', async () => {
  const { room, targets } = setUp();
  const asModel = JSON.stringify({ turns: [{ role: 'model', parts: [{ text: 'I promised it.' }] }] });
  const asUser = JSON.stringify({ turns: [{ role: 'user', parts: [{ text: 'Hello.' }] }] });
  await expect(room.call('ana', 'configure', '{"instructions":"x"}')).rejects.toMatchObject({ code: 403 });
  await expect(room.call('ana', 'add_context', asModel)).rejects.toMatchObject({ code: 403 });
  await expect(room.call('ana', 'add_context', asUser)).resolves.toBe('{}');
  expect(targets.configure).not.toHaveBeenCalled();
  expect(targets.addContext).toHaveBeenCalledTimes(1);
});

test('one caller configures once a second, whatever the others do', async () => {
  using clock = fakeClock();
  const { room, targets } = setUp({}, ['ana', 'ben']);
  const change = '{"instructions":"Be brief."}';
  await expect(room.call('ana', 'configure', change)).resolves.toBe('{"applies":"now"}');
  for (let call = 0; call < 20; call += 1)
    await expect(room.call('ana', 'configure', change)).rejects.toMatchObject({ code: 429 });
  await expect(room.call('ben', 'configure', change)).resolves.toBe('{"applies":"now"}');
  await clock.advance(1_000);
  await expect(room.call('ana', 'configure', change)).resolves.toBe('{"applies":"now"}');
  expect(targets.configure).toHaveBeenCalledTimes(3);
});

test('push-to-talk is refused while the service detects turns itself, with what to do', async () => {
  const { room } = setUp();
  for (const method of ['start_turn', 'end_turn', 'cancel_turn']) {
    await expect(room.call('ana', method)).rejects.toMatchObject({
      code: 409,
      message: expect.stringMatching(/push-to-talk/),
    });
  }
});

test('what would end the session of a model is refused instead', async () => {
  const flash = setUp({}, 'anyone', 'gemini-3.1-flash-live-preview');
  const turns = [{ role: 'user', parts: [{ text: 'x' }] }];
  await expect(flash.room.call('ana', 'add_context', JSON.stringify({ turns }))).rejects.toMatchObject({
    code: 409,
  });
  const transcriber = setUp({}, 'anyone', 'gemini-3.5-transcribe-live');
  await expect(transcriber.room.call('ana', 'say', '{"text":"x"}')).rejects.toMatchObject({ code: 409 });
});

test('a failure of our own is no word of why to the caller', async () => {
  const { room } = setUp({
    interrupt: () => {
      throw new Error('secret');
    },
  });
  const told = await room.call('ana', 'interrupt').catch((error: unknown) => error);
  expect(told).toMatchObject({ code: 1500 });
  expect(String(told)).not.toContain('secret');
});

test.each(['raise_hand', 'lower_hand'] as const)('%s is refused where everyone may speak', async (method) => {
  const { room } = setUp();
  const refusal = await room.call('ana', method).catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    code: 409,
    message: expect.stringMatching(/set listen.policy to "floor"/),
  });
});

test('detached methods are gone', async () => {
  const { room, detach } = setUp();
  detach();
  await expect(room.call('ana', 'interrupt')).rejects.toMatchObject({ code: 1400 });
});
