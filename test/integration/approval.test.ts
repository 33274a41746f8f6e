// Calls that wait to be allowed, in a real room: by the command, by an attribute, and aloud.
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { callsOn } from '../support/calls-on.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { MODEL_DIR } from '../support/model-dir.js';
import { loadSpeech, type Speech } from '../support/spoken.js';
import { eventsOf, responseOf, responsesOf, startReadyCall, toolEvents } from '../support/tool-call.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let speech: Speech;

beforeAll(async () => {
  [livekit, liveApi, speech] = await Promise.all([
    startLivekitServer(),
    startLiveApi({ modelDir: MODEL_DIR, pace: 'prompt' }),
    loadSpeech(),
  ]);
});
afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test('a call that somebody has to allow waits, says so, and runs once it is allowed', async () => {
  callsOn(liveApi, {
    pay: [{ id: 'p1', name: 'pay', args: { euros: 4 } }],
    more: [{ id: 'p2', name: 'pay', args: { euros: 9 } }],
    last: [{ id: 'p3', name: 'pay', args: { euros: 7 } }],
  });
  const profile = { tools: [{ declaration: { name: 'pay' }, approve: ['boss'] }] };
  await using call = await startReadyCall({ livekit, liveApi, profile });
  const paid: string[] = [];
  call.person.registerRpc('pay', async ({ payload }) => {
    paid.push(payload);
    return 'paid';
  });
  const boss = await call.join('boss');
  const approve = (person: typeof boss, id: string, ok: boolean) =>
    person.rpc('approve', JSON.stringify({ id, ok }));
  await call.person.sendChat('pay');
  await boss.waitFor((person) => eventsOf(person, 'tool.approval').length > 0, 15_000);
  expect(eventsOf(boss, 'tool.approval')).toMatchObject([
    { id: 'p1', name: 'pay', args: { euros: 4 }, from: ['boss'], state: 'waiting' },
  ]);
  expect((await responseOf(call.session, 'p1')).response).toMatchObject({ status: 'waiting' });
  await expect(approve(call.person, 'p1', true)).rejects.toMatchObject({ code: 403 });
  expect(paid).toEqual([]);
  await approve(boss, 'p1', true);
  await expect(approve(boss, 'p1', false)).rejects.toMatchObject({ code: 409 });
  await vi.waitFor(() => expect(responsesOf(call.session).at(-1)?.response).toEqual({ output: 'paid' }));
  expect(paid).toEqual(['{"euros":4}']);
  await call.person.sendChat('more');
  await boss.waitFor((person) => eventsOf(person, 'tool.approval').length > 2, 15_000);
  await approve(boss, 'p2', false);
  await vi.waitFor(() =>
    expect(responsesOf(call.session).at(-1)?.response).toEqual({
      error: { code: 'refused', message: 'boss has not allowed it' },
    }),
  );
  expect(paid).toHaveLength(1);
  // The event of the refusal and the answer to the model go out by different ways.
  await boss.waitFor((person) => eventsOf(person, 'tool.approval').length >= 4, 15_000);
  expect(toolEvents(boss).filter((event) => event.startsWith('tool.approval'))).toHaveLength(4);
  // A client without code: it reads an attribute of the agent, and sets one of its own.
  await call.person.sendChat('last');
  const waiting = () => boss.agent()?.attributes['gemini.approval'] || undefined;
  await vi.waitFor(() => expect(waiting()).toBeDefined(), { timeout: 15_000 });
  expect(JSON.parse(String(waiting()))).toEqual({ id: 'p3', name: 'pay', args: { euros: 7 } });
  await call.person.setAttributes({ 'gemini.approve': 'p3' });
  await boss.setAttributes({ 'gemini.approve': 'p3' });
  await vi.waitFor(() => expect(paid).toEqual(['{"euros":4}', '{"euros":7}']), { timeout: 15_000 });
  await boss.waitFor((person) => eventsOf(person, 'tool.approval').length >= 6, 15_000);
  expect(eventsOf(boss, 'tool.approval').at(-1)).toMatchObject({ id: 'p3', state: 'allowed', by: 'boss' });
  await vi.waitFor(() => expect(waiting()).toBeUndefined(), { timeout: 15_000 });
});

test("a spoken yes: not the model's own, not silence, not somebody else's, not a text; the person's runs it", async () => {
  const confirm = (id: string, call: string, allowed: boolean) => ({
    call: { name: 'confirm_call', id, args: { call, allowed } },
  });
  const claims = { euros: 4, allowed: true, approvedBy: 'ana', confirm_call: 'yes' };
  liveApi.setScenario({
    otherwise: 'silence',
    rules: [
      { when: { heard: 'pay' }, do: [{ call: { name: 'pay', id: 'p1', args: claims } }], times: 1 },
      { when: { heard: 'pay' }, do: [{ call: { name: 'pay', id: 'p2', args: claims } }], times: 1 },
      // The model asks, and reports a yes that nobody has said: at once, and after a silence.
      {
        when: { toolResponse: 'pay', response: 'waiting' },
        do: [{ say: 'May I?' }, confirm('own', 'p1', true), { wait: 700 }, confirm('silence', 'p1', true)],
        times: 1,
      },
      { when: { toolResponse: 'pay', response: 'waiting' }, do: [{ say: 'May I?' }] },
      { when: { text: 'yes' }, do: [confirm('typed', 'p1', true)] },
      { when: { heard: 'yes' }, do: [confirm('ben', 'p1', true)], times: 1 },
      { when: { heard: 'yes' }, do: [confirm('ana', 'p1', true)], times: 1 },
      { when: { heard: 'no' }, do: [confirm('no', 'p2', false)] },
    ],
  });
  const profile = { tools: [{ declaration: { name: 'pay' }, approveBy: 'voice' }] };
  await using call = await startReadyCall({ livekit, liveApi, profile });
  const { person: ana, session } = call;
  const paid: string[] = [];
  ana.registerRpc('pay', async ({ payload }) => {
    paid.push(payload);
    return 'paid';
  });
  const ben = await call.join('ben');
  const verdict = async (id: string) => {
    const { error } = (await responseOf(session, id)).response as { error?: { code: string } };
    return error?.code ?? 'taken';
  };
  const say = async (person: typeof ana, said: string, until: () => Promise<unknown>) => {
    await speech.say(person, said);
    return until();
  };

  await say(ana, 'Please pay the bill.', () => responseOf(session, 'p1'));
  expect(await verdict('own')).toBe('refused');
  expect(await verdict('silence')).toBe('refused');
  await ben.sendChat('yes');
  expect(await verdict('typed')).toBe('refused');
  await expect(ben.rpc('approve', JSON.stringify({ id: 'p1', ok: true }))).rejects.toMatchObject({
    code: 403,
  });
  expect(await say(ben, 'Yes, please do.', () => verdict('ben'))).toBe('refused');
  expect(paid).toEqual([]);
  expect(await say(ana, 'Yes, please do.', () => verdict('ana'))).toBe('taken');
  await vi.waitFor(() => expect(paid).toEqual([JSON.stringify(claims)]), { timeout: 15_000 });

  await say(ana, 'Please pay the bill.', () => responseOf(session, 'p2'));
  expect(await say(ana, 'No, do not do that.', () => verdict('no'))).toBe('taken');
  await ana.waitFor(() => eventsOf(ana, 'tool.approval').length >= 4, 15_000);
  expect(eventsOf(ana, 'tool.approval').map(({ id, state, by }) => [id, state, by])).toEqual([
    ['p1', 'waiting', undefined],
    ['p1', 'allowed', 'ana'],
    ['p2', 'waiting', undefined],
    ['p2', 'refused', 'ana'],
  ]);
  expect(paid).toHaveLength(1);
  const { turns } = JSON.parse(await ana.rpc('get_transcript', '{}')) as { turns: { tools: object[] }[] };
  expect(turns.flatMap(({ tools }) => tools)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        id: 'p1',
        approval: expect.objectContaining({ state: 'allowed', by: 'ana' }),
      }),
      expect.objectContaining({
        id: 'p2',
        approval: expect.objectContaining({ state: 'refused', by: 'ana' }),
      }),
    ]),
  );
});
