// Calls that wait to be allowed, in a real room: by the command, by an attribute, and aloud.
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { eventsOf, responseOf, responsesOf, startReadyCall, toolEvents } from '../support/tool-call.js';

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

/** What is written is answered with these calls. */
function callsOn(
  rules: Record<string, { name: string; id: string; args?: Record<string, unknown> }[]>,
): void {
  liveApi.setScenario({
    otherwise: 'silence',
    rules: Object.entries(rules).map(([text, calls]) => ({ when: { text }, do: [{ calls }] })),
  });
}

test('a call that somebody has to allow waits, says so, and runs once it is allowed', async () => {
  callsOn({
    pay: [{ id: 'p1', name: 'pay', args: { euros: 4 } }],
    more: [{ id: 'p2', name: 'pay', args: { euros: 9 } }],
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
});
