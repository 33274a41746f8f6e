// Commands of the room, push-to-talk and text modality: real room, real SDK, the local Live API.
import { type LiveApiServer, type LiveApiSession, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { sine } from '../support/tone.js';
import { eventsOf, responseOf, startReadyCall } from '../support/tool-call.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([
    startLivekitServer(),
    startLiveApi({ speech: 'tones', pace: 'prompt' }),
  ]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

const LONG = 'This is a long sentence that takes its time, and another one. '.repeat(4);
const RATE = 48_000;

function answers(...rules: object[]): void {
  liveApi.setScenario({ otherwise: 'silence', rules } as Parameters<LiveApiServer['setScenario']>[0]);
}

type RealtimeInput = {
  audio?: unknown;
  activityStart?: unknown;
  activityEnd?: unknown;
  audioStreamEnd?: unknown;
};

/** The real-time inputs that came in, as words: `audio` once for any number of frames in a row. */
function inputsOf(session: LiveApiSession): string[] {
  const words = session.received.flatMap((message) =>
    Object.keys((message.realtimeInput ?? {}) as RealtimeInput),
  );
  return words.filter((word, index) => word !== 'audio' || words[index - 1] !== 'audio');
}

function audioFrames(session: LiveApiSession): number {
  return session.received.filter((message) => (message.realtimeInput as RealtimeInput)?.audio).length;
}

const isInput = (name: keyof RealtimeInput) => (message: Record<string, unknown>) =>
  (message.realtimeInput as RealtimeInput | undefined)?.[name] !== undefined;

function finals(person: Person): string[] {
  return person
    .captions()
    .filter(({ final, complete, identity }) => final && complete && identity === 'agent-gemini')
    .map(({ text }) => text);
}

const phases = (person: Person): unknown[] => eventsOf(person, 'turn').map(({ phase }) => phase);

test('say is a user turn, add_context is none, and both keep their roles', async () => {
  answers({ when: { text: 'colour' }, do: [{ say: 'Blue it is.' }] });
  await using call = await startReadyCall({ livekit, liveApi, profile: { control: ['ana'] } });
  const { person, session } = call;
  const turns = [
    { role: 'user', parts: [{ text: 'My favourite is blue.' }] },
    { role: 'model', parts: [{ text: 'I will remember.' }] },
  ];
  expect(await person.rpc('add_context', JSON.stringify({ turns }))).toBe('{}');
  await session.waitForReceived(({ clientContent }) => clientContent !== undefined);
  expect(await person.rpc('say', '{"text":"Which colour?"}')).toBe('{}');
  await person.waitFor(() => finals(person).length > 0, 10_000);
  const contents = session.received.flatMap(({ clientContent }) => clientContent ?? []);
  expect(contents).toEqual([
    { turns, turnComplete: false },
    { turns: [{ role: 'user', parts: [{ text: 'Which colour?' }] }], turnComplete: true },
  ]);
  expect(finals(person)).toEqual(['Blue it is.']);
});

test('interrupt silences the voice at once, and the call goes on', async () => {
  answers(
    { when: { text: 'long' }, do: [{ say: LONG }] },
    { when: { text: 'next' }, do: [{ say: 'Here I am.' }] },
  );
  await using call = await startReadyCall({ livekit, liveApi });
  const { person } = call;
  await person.sendChat('long');
  await person.waitFor(() => person.heard().soundMs() > 800, 10_000);
  await person.rpc('interrupt');
  await person.waitFor(() => phases(person).includes('interrupted'), 15_000);
  await person.waitFor(() => finals(person).length === 1, 15_000);
  expect(finals(person)[0]?.length).toBeLessThan(LONG.length / 2);
  const soundMs = person.heard().soundMs();
  await person.sendChat('next');
  await person.waitFor(() => finals(person).includes('Here I am.'), 15_000);
  // What was still on its way at the interruption, and the next answer: not the rest of the long one.
  expect(person.heard().soundMs() - soundMs).toBeLessThan(4_000);
}, 60_000);

test('get_state returns the state of the call, and its handle only to those whom control names', async () => {
  answers();
  await using open = await startReadyCall({ livekit, liveApi });
  await open.session.waitForSent(({ sessionResumptionUpdate }) => sessionResumptionUpdate !== undefined);
  const stateOf = async (person: Person) =>
    JSON.parse(await person.rpc('get_state')) as Record<string, unknown>;
  await expect.poll(async () => (await stateOf(open.person)).speaker).toBe('ana');
  expect(await stateOf(open.person)).toEqual({
    agent: 'listening',
    session: 'open',
    model: 'gemini-3.8-live',
    modality: 'audio',
    turn: 0,
    detection: 'automatic',
    holder: null,
    waiting: [],
    speaker: 'ana',
    speakers: ['ana'],
    tools: [],
  });
  await using named = await startReadyCall({ livekit, liveApi, profile: { control: ['ana'] } });
  await named.session.waitForSent(({ sessionResumptionUpdate }) => sessionResumptionUpdate !== undefined);
  await expect.poll(async () => (await stateOf(named.person)).handle).toMatch(/.+/);
});

test('nobody whom control does not name commands the agent, and nothing that is sent ends the call', async () => {
  answers({ when: { text: 'still' }, do: [{ say: 'Yes.' }] });
  await using call = await startReadyCall({ livekit, liveApi, profile: { control: ['ana'] } });
  const mallory = await call.join('mallory');
  await mallory.waitFor(() => mallory.agent(), 15_000);
  for (const method of ['hang_up', 'interrupt', 'say', 'get_state', 'configure']) {
    await expect(mallory.rpc(method, '{"text":"x"}')).rejects.toMatchObject({ code: 403 });
  }
  const bad = [
    ['say', '{'],
    ['say', '[]'],
    ['say', '{"text":null}'],
    ['add_context', '{"turns":[{"role":"user","parts":[{"inlineData":{}}]}]}'],
    ['configure', '{"tools":[{"declaration":{"name":"9"}}]}'],
    ['configure', '{"voice":"Puck"}'],
  ] as const;
  for (const [method, payload] of bad) {
    await expect(call.person.rpc(method, payload)).rejects.toMatchObject({ code: 400 });
  }
  await expect(call.person.rpc('start_turn')).rejects.toMatchObject({ code: 409 });
  await expect(call.person.rpc('no_such_thing')).rejects.toMatchObject({ code: 1400 });
  await mallory.sendText('gemini.tool_response', 'x'.repeat(400_000));
  await call.person.sendChat('still there?');
  await call.person.waitFor(() => finals(call.person).includes('Yes.'), 10_000);
  expect(call.ended).toBeUndefined();
});

test('hang_up ends the call, and its caller is answered', async () => {
  answers();
  await using call = await startReadyCall({ livekit, liveApi });
  await expect(call.person.rpc('hang_up')).resolves.toBe('{}');
  expect(await call.end).toEqual({ reason: 'hung-up: by ana', failed: false });
  await call.person.waitFor((person) => person.agent() === undefined, 15_000);
});

test('configure changes instructions and tools in the session, where the model takes that', async () => {
  answers({ when: { text: 'go' }, do: [{ call: { name: 'door', id: 'c1' } }] });
  const tools = ['light', 'door'].map((name) => ({ declaration: { name } }));
  const profile = { control: ['ana'], instructions: 'Be long.', tools };
  await using call = await startReadyCall({ livekit, liveApi, profile });
  const { person, session } = call;
  const change = { instructions: 'Be brief.', tools: [{ declaration: { name: 'door' } }] };
  expect(await person.rpc('configure', JSON.stringify(change))).toBe('{"applies":"now"}');
  const { contextUpdate } = await session.waitForReceived((message) => message.contextUpdate !== undefined);
  expect(contextUpdate).toEqual({
    systemInstruction: { role: 'user', parts: [{ text: 'Be brief.' }] },
    tools: { tools: [{ functionDeclarations: [{ name: 'door' }] }] },
  });
  person.registerRpc('door', async () => '{"open":true}');
  await person.sendChat('go');
  expect((await responseOf(session, 'c1')).response).toEqual({ open: true });
});

test('where the model does not, the next connection has the new profile, and nobody notices', async () => {
  answers({ when: { text: 'hello' }, do: [{ say: 'Hello again.' }] });
  const model = 'gemini-2.5-flash-native-audio-preview-12-2025';
  await using call = await startReadyCall({
    livekit,
    liveApi,
    profile: { control: ['ana'], model, instructions: 'Be long.' },
  });
  const { person, session } = call;
  await session.waitForSent(
    ({ sessionResumptionUpdate }) =>
      (sessionResumptionUpdate as { newHandle?: string })?.newHandle !== undefined,
  );
  expect(await person.rpc('configure', '{"instructions":"Be brief."}')).toBe('{"applies":"next-connection"}');
  const next = await liveApi.waitForSession();
  expect(next.received[0]?.setup).toMatchObject({
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    sessionResumption: { handle: expect.any(String) },
  });
  await person.waitFor(
    () => eventsOf(person, 'session').some(({ restored }) => restored === 'resumed'),
    10_000,
  );
  await person.sendChat('hello');
  await person.waitFor(() => finals(person).includes('Hello again.'), 10_000);
}, 60_000);

test('a change that the service refuses is undone, and the call goes on', async () => {
  answers({ when: { text: 'go' }, do: [{ call: { name: 'light', id: 'c1' } }] });
  const profile = { control: ['ana'], instructions: 'Be kind.', tools: [{ declaration: { name: 'light' } }] };
  await using call = await startReadyCall({ livekit, liveApi, profile });
  const { person, session } = call;
  await session.waitForSent(({ sessionResumptionUpdate }) => sessionResumptionUpdate !== undefined);
  await person.rpc('configure', '{"instructions":"Be rude.","tools":[]}');
  await session.waitForReceived((message) => message.contextUpdate !== undefined);
  liveApi.faults.close(1007, 'Request contains an invalid argument.');
  const next = await liveApi.waitForSession();
  expect(next.received[0]?.setup).toMatchObject({
    systemInstruction: { parts: [{ text: 'Be kind.' }] },
    tools: [{ functionDeclarations: [{ name: 'light' }] }],
  });
  expect(eventsOf(person, 'error')).toMatchObject([{ code: 'configure', fatal: false }]);
  person.registerRpc('light', async () => '{"on":true}');
  await person.sendChat('go');
  expect((await responseOf(next, 'c1')).response).toEqual({ on: true });
  expect(call.ended).toBeUndefined();
}, 60_000);

test('push-to-talk sends what is said in a turn, from before it was opened, and nothing else', async () => {
  answers({ when: { speech: true }, do: [{ say: 'Understood.' }] });
  const profile = { listen: { policy: 'push-to-talk' } };
  await using call = await startReadyCall({ livekit, liveApi, profile });
  const { person, session } = call;
  const setup = session.received[0]?.setup as { realtimeInputConfig?: object };
  expect(setup.realtimeInputConfig).toEqual({ automaticActivityDetection: { disabled: true } });
  await person.waitFor(() => person.listenedTo, 15_000);

  await person.speak(sine(440, 700, RATE), RATE);
  expect(inputsOf(session)).toEqual([]);
  const speaking = person.speak(sine(440, 1_000, RATE), RATE);
  await person.rpc('start_turn');
  await session.waitForReceived(isInput('activityStart'));
  await expect.poll(() => audioFrames(session), { timeout: 10_000 }).toBeGreaterThanOrEqual(15);
  // The pre-roll is there at once: at the pace of speech it would take 300 ms.
  const turn = session.frames.filter(({ message }) => message.realtimeInput);
  expect((turn[15]?.atMs ?? 0) - (turn[0]?.atMs ?? 0)).toBeLessThan(200);
  await speaking;
  await person.rpc('end_turn');
  await session.waitForReceived(isInput('activityEnd'));
  const framesInTurn = audioFrames(session);
  await person.waitFor(() => finals(person).includes('Understood.'), 15_000);
  await person.speak(sine(440, 500, RATE), RATE);

  expect(inputsOf(session)).toEqual(['activityStart', 'audio', 'activityEnd']);
  expect(audioFrames(session)).toBe(framesInTurn);
  expect(eventsOf(person, 'speech').map(({ participant, phase }) => [participant, phase])).toEqual([
    ['ana', 'started'],
    ['ana', 'ended'],
  ]);
  expect(framesInTurn * 20).toBeGreaterThan(1_000);
}, 60_000);

test('opening a turn mutes the agent, and only one person has it', async () => {
  answers({ when: { text: 'long' }, do: [{ say: LONG }] });
  await using call = await startReadyCall({
    livekit,
    liveApi,
    profile: { listen: { policy: 'push-to-talk' } },
  });
  const ben = await call.join('ben');
  const { person } = call;
  await person.sendChat('long');
  await person.waitFor(() => person.heard().soundMs() > 500, 10_000);
  await person.rpc('start_turn');
  await person.waitFor(() => phases(person).includes('interrupted'), 15_000);
  await ben.waitFor(() => ben.agent(), 15_000);
  await expect(ben.rpc('start_turn')).rejects.toMatchObject({
    code: 409,
    message: expect.stringMatching(/ana/),
  });
  expect(JSON.parse(await ben.rpc('get_state'))).toMatchObject({ detection: 'manual', holder: 'ana' });
  await person.rpc('end_turn');
  await ben.rpc('start_turn');
}, 60_000);

test('a turn that is cancelled is answered neither aloud nor in words, and the next one is', async () => {
  answers(
    {
      when: { speech: true },
      times: 1,
      do: [{ call: { name: 'delete_all', id: 'c1' } }, { say: 'Deleted.' }],
    },
    { when: { speech: true }, do: [{ say: 'Now I answer.' }] },
  );
  const profile = { listen: { policy: 'push-to-talk' }, tools: [{ declaration: { name: 'delete_all' } }] };
  await using call = await startReadyCall({ livekit, liveApi, profile });
  const { person, session } = call;
  let deleted = 0;
  person.registerRpc('delete_all', async () => {
    deleted += 1;
    return '{}';
  });
  await person.waitFor(() => person.listenedTo, 15_000);
  await person.rpc('start_turn');
  await person.speak(sine(440, 600, RATE), RATE);
  expect(await person.rpc('cancel_turn')).toBe('{}');
  expect((await responseOf(session, 'c1')).response).toMatchObject({ error: { code: 'cancelled' } });
  await session.waitForSent(
    ({ serverContent }) => (serverContent as { turnComplete?: boolean })?.turnComplete === true,
  );
  await person.rpc('start_turn');
  await person.speak(sine(440, 600, RATE), RATE);
  await person.rpc('end_turn');
  await person.waitFor(() => finals(person).length > 0, 15_000);
  expect(finals(person)).toEqual(['Now I answer.']);
  expect(phases(person).filter((phase) => phase === 'started')).toHaveLength(1);
  expect(deleted).toBe(0);
  expect(inputsOf(session)).toEqual([
    'activityStart',
    'audio',
    'activityEnd',
    'activityStart',
    'audio',
    'activityEnd',
  ]);
}, 60_000);

test('a participant who leaves ends their turn', async () => {
  answers({ when: { speech: true }, do: [{ say: 'Understood.' }] });
  await using call = await startReadyCall({
    livekit,
    liveApi,
    profile: { listen: { policy: 'push-to-talk' } },
  });
  const ben = await call.join('ben');
  await ben.waitFor(() => ben.agent() && ben.listenedTo, 15_000);
  await ben.rpc('start_turn');
  await ben.speak(sine(440, 600, RATE), RATE);
  await ben.close();
  await call.session.waitForReceived(isInput('activityEnd'));
  await call.person.waitFor(() => finals(call.person).includes('Understood.'), 15_000);
  expect(inputsOf(call.session)).toEqual(['activityStart', 'audio', 'activityEnd']);
}, 60_000);

test('push-to-talk can be asked for in mid-call, and be left again', async () => {
  answers({ when: { speech: true }, do: [{ say: 'Understood.' }] });
  await using call = await startReadyCall({ livekit, liveApi, profile: { control: ['ana'] } });
  const { person, session } = call;
  await session.waitForSent(({ sessionResumptionUpdate }) => sessionResumptionUpdate !== undefined);
  expect(await person.rpc('configure', '{"listen":{"policy":"push-to-talk"}}')).toBe(
    '{"applies":"next-connection"}',
  );
  const next = await liveApi.waitForSession();
  expect(next.received[0]?.setup).toMatchObject({
    realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
    sessionResumption: { handle: expect.any(String) },
  });
  await person.waitFor(() => eventsOf(person, 'session').some(({ restored }) => restored), 10_000);
  await person.rpc('start_turn');
  await person.speak(sine(440, 600, RATE), RATE);
  await person.rpc('end_turn');
  await person.waitFor(() => finals(person).includes('Understood.'), 15_000);
  expect(inputsOf(next)).toEqual(['activityStart', 'audio', 'activityEnd']);

  await person.rpc('configure', '{"listen":{"policy":"everyone"}}');
  const last = await liveApi.waitForSession();
  await person.speak(sine(440, 600, RATE), RATE);
  await person.waitFor(() => finals(person).length === 2, 15_000);
  expect(inputsOf(last)).toEqual(['audio']);
}, 60_000);

test('in text modality answers are written, without a voice', async () => {
  answers({ when: { text: 'hello' }, do: [{ say: 'Hello in writing.' }] });
  const profile = { model: 'gemini-live-2.5-flash-preview', modality: 'text' };
  await using call = await startReadyCall({ livekit, liveApi, profile });
  const { person } = call;
  await person.sendChat('hello');
  await person.waitFor(() => finals(person).length > 0, 10_000);
  expect(finals(person)).toEqual(['Hello in writing.']);
  const caption = person.captions().find(({ final }) => final);
  expect(caption?.identity).toBe('agent-gemini');
  expect(caption?.attributes).not.toHaveProperty('lk.transcribed_track_id');
  expect(person.agent()?.trackPublications.size).toBe(0);
  await person.waitFor(() => phases(person).includes('completed'), 15_000);
  expect(phases(person)).toEqual(['started', 'generated', 'completed']);
});

test.each([
  ['gemini-3.8-live', false],
  ['gemini-3.1-flash-live-preview', true],
])('history goes in before anything else and is not answered: %s', async (model, needsConfig) => {
  answers({ when: { text: 'name' }, do: [{ say: 'Your name is Ana.' }] });
  const history = [
    { role: 'user', parts: [{ text: 'My name is Ana.' }] },
    { role: 'model', parts: [{ text: 'Nice to meet you.' }] },
  ];
  await using call = await startReadyCall({ livekit, liveApi, profile: { model, history } });
  const { person, session } = call;
  const { clientContent } = await session.waitForReceived((message) => message.clientContent !== undefined);
  // With historyConfig nothing else is heard until the history is said to be complete.
  expect(clientContent).toEqual({ turns: history, turnComplete: needsConfig });
  const setup = session.received[0]?.setup as { historyConfig?: object };
  expect(setup.historyConfig).toEqual(needsConfig ? { initialHistoryInClientContent: true } : undefined);
  await person.sendChat('What is my name?');
  await person.waitFor(() => finals(person).length > 0, 10_000);
  expect(finals(person)).toEqual(['Your name is Ana.']);
});
