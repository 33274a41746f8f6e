// A caller on the phone in a real room: keys both ways, a transfer by LiveKit's SIP API, and the end of the phone's leg.
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { RoomEvent } from '@livekit/rtc-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roomService } from '../../agent/worker/room-service.js';
import type { Person } from '../../cli/person.js';
import { startCall, type TestCall } from '../support/call.js';
import { sessionOf } from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { type SipApi, startSipApi } from '../support/sip-api.js';

const ARRIVES_MS = 20_000;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let sip: SipApi;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([
    startLivekitServer(),
    startLiveApi({ speech: 'tones', pace: 'prompt' }),
  ]);
  sip = await startSipApi(livekit);
});

afterAll(async () => {
  await sip?.[Symbol.asyncDispose]();
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** The person is a caller. */
async function called(profile: object): Promise<TestCall> {
  const call = await startCall({
    livekit,
    liveApi,
    profile: { ...profile },
    identity: 'sip-1',
    kind: 'sip',
    attributes: { 'sip.phoneNumber': '+493012345' },
    roomService: (room) => {
      const { apiKey, apiSecret } = livekit;
      return roomService({ url: sip.url, apiKey, apiSecret, room, agentName: 'gemini' });
    },
  });
  await call.person.waitFor((person) => person.state() === 'listening', ARRIVES_MS);
  return call;
}

function event(person: Person, type: string, name?: string): Promise<Record<string, unknown>> {
  const found = () =>
    person.events().find((each) => each.type === type && (name === undefined || each.name === name));
  return person.waitFor(found, ARRIVES_MS);
}

test('keys that a caller presses reach the model and the room in order, and the model presses keys', async () => {
  liveApi.setScenario({
    otherwise: 'silence',
    rules: [
      {
        when: { text: 'Keys pressed on the phone: 12\\*0#' },
        do: [{ calls: [{ name: 'send_dtmf', id: 'k1', args: { keys: '9#' } }] }],
      },
    ],
  });
  await using call = await called({ phone: { sendDtmfTool: true } });
  const { person } = call;
  const heard: string[] = [];
  person.room.on(RoomEvent.DtmfReceived, (_code, digit) => heard.push(digit));
  for (const [key, code] of [
    ['1', 1],
    ['2', 2],
    ['*', 10],
    ['0', 0],
    ['#', 11],
  ] as const)
    await person.room.localParticipant?.publishDtmf(code, key);
  const result = await event(person, 'tool.result', 'send_dtmf');
  expect(result).toMatchObject({ ok: true, response: { pressed: '9#' } });
  await person.waitFor(() => heard.length === 2, ARRIVES_MS);
  expect(heard.join('')).toBe('9#');
  const keys = person.events().filter(({ type }) => type === 'dtmf');
  expect(keys).toMatchObject([
    { participant: 'sip-1', digits: '12*0#', direction: 'in' },
    { participant: 'agent-gemini', digits: '9#', direction: 'out' },
  ]);
});

test('a transfer that fails leaves the caller with the agent; the next one ends the call', async () => {
  const transfer = (id: string) => ({ calls: [{ name: 'transfer_call', id, args: { to: 'shop' } }] });
  liveApi.setScenario({
    otherwise: 'silence',
    rules: [
      { when: { text: '^first$' }, do: [{ say: 'I put you through.' }, transfer('t1')] },
      { when: { text: '^again$' }, do: [{ say: 'I try again.' }, transfer('t2')] },
      { when: { toolResponse: 'transfer_call' }, do: [{ say: 'The line is busy.' }] },
    ],
  });
  await using call = await called({ phone: { transfer: { shop: '+49 30 999' } } });
  const { person } = call;
  sip.transferFails = 486;
  await person.sendChat('first');
  const failed = await event(person, 'tool.result', 'transfer_call');
  expect(failed).toMatchObject({ ok: false, error: expect.stringContaining('the line is busy') });
  expect(call.ended).toBeUndefined();

  sip.transferFails = undefined;
  await person.sendChat('again');
  const done = () => person.events().some((each) => each.type === 'tool.result' && each.ok === true);
  await person.waitFor(done, ARRIVES_MS);
  expect(sip.requests.map(({ method, body }) => [method, body.participantIdentity, body.transferTo])).toEqual(
    [
      ['TransferSIPParticipant', 'sip-1', 'tel:+4930999'],
      ['TransferSIPParticipant', 'sip-1', 'tel:+4930999'],
    ],
  );
  await person.close();
  expect((await call.end).reason).toContain('transferred to shop');
});

test('keys pressed during an answer reach the model while the caller hears it, and those of two callers apart', async () => {
  liveApi.setScenario({
    otherwise: 'silence',
    rules: [
      {
        when: { text: '^story$' },
        do: [{ say: 'Once upon a time there was a house at the edge of a wood. '.repeat(4) }],
      },
      { when: { text: 'Keys pressed on the phone: 5#' }, do: [{ say: 'Five.' }] },
    ],
  });
  await using call = await called({
    instructions: 'They call from {{participant.attributes.sip.phoneNumber}}.',
  });
  const { person } = call;
  expect(JSON.stringify(sessionOf(liveApi).received)).toContain('They call from +493012345.');
  const second = await call.join('sip-2');
  await person.sendChat('story');
  await person.waitFor((caller) => caller.heard().soundMs() > 500, ARRIVES_MS);
  await person.room.localParticipant?.publishDtmf(5, '5');
  await second.room.localParticipant?.publishDtmf(7, '7');
  await person.room.localParticipant?.publishDtmf(11, '#');
  const keys = () => person.events().filter(({ type }) => type === 'dtmf');
  // Two connections: the keys of one may overtake those of the other.
  await person.waitFor(() => keys().length === 1, ARRIVES_MS);
  await second.room.localParticipant?.publishDtmf(11, '#');
  await person.waitFor(() => keys().length === 2, ARRIVES_MS);
  expect(keys().map(({ participant, digits }) => [participant, digits])).toEqual([
    ['sip-1', '5#'],
    ['sip-2', '7#'],
  ]);
  const text = (): string => JSON.stringify(sessionOf(liveApi).received);
  await person.waitFor(() => text().includes('5#') && text().includes('7#'), ARRIVES_MS);
});

test.each([false, true])(
  'keys pressed during the greeting are answered, and nobody is greeted again (protected: %s)',
  async (protectGreeting) => {
    liveApi.setScenario({
      otherwise: 'silence',
      rules: [
        {
          when: { text: '^greet$' },
          do: [{ say: 'Welcome to the house at the edge of a wood. '.repeat(6) }],
        },
        { when: { text: 'Keys pressed on the phone: 42#' }, do: [{ say: 'Forty-two.' }] },
      ],
    });
    await using call = await called({ greeting: 'greet', listen: { protectGreeting } });
    const { person } = call;
    await person.waitFor((caller) => caller.heard().soundMs() > 500, ARRIVES_MS);
    for (const [key, code] of [
      ['4', 4],
      ['2', 2],
      ['#', 11],
    ] as const)
      await person.room.localParticipant?.publishDtmf(code, key);
    const answered = () =>
      person.captions().some(({ final, complete, text }) => final && complete && text === 'Forty-two.');
    await person.waitFor(answered, ARRIVES_MS);
    const text = JSON.stringify(sessionOf(liveApi).received);
    expect(text.match(/Keys pressed on the phone: 42#/g)).toHaveLength(1);
    expect(text.match(/"greet"/g)).toHaveLength(1);
    expect(person.events().filter(({ type }) => type === 'dtmf')).toMatchObject([
      { participant: 'sip-1', digits: '42#', direction: 'in' },
    ]);
  },
);

test('hanging up while the agent speaks ends the phone’s leg', async () => {
  liveApi.setScenario({
    otherwise: 'silence',
    rules: [
      {
        when: { text: '^story$' },
        do: [{ say: 'Once upon a time there was a house at the edge of a wood. '.repeat(4) }],
      },
    ],
  });
  await using call = await called({});
  await call.person.sendChat('story');
  await call.person.waitFor((caller) => caller.heard().soundMs() > 500, ARRIVES_MS);
  await call.person.rpc('hang_up');
  await call.end;
  await call.person.waitFor((person) => person.closed !== undefined, ARRIVES_MS).catch(() => {});
  expect(call.person.closed).toBeDefined();
});
