// The limits of a worker in both isolations: a call that has used its tokens ends with the reason, and the next is refused.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { startWorker } from '../support/worker.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

async function personIn(room: string): Promise<Person> {
  const person = new Person({ microphone: false });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  return person;
}

test.each(['process', 'shared'] as const)('AGENT_ISOLATION=%s', async (AGENT_ISOLATION) => {
  const env = { AGENT_ISOLATION, AGENT_MAX_ROOMS: '3', AGENT_MAX_HOUR_TOKENS: '1' };
  await using worker = await startWorker({ livekit, liveApi, env });
  const sessionsBefore = liveApi.sessions.length;

  const room = ownName('limited');
  await using ana = await personIn(room);
  await worker.dispatch(room);
  await ana.waitFor(() => ana.state() === 'listening', 20_000);
  await ana.sendChat('How are you?');
  const lastOf = (person: Person) => person.events().findLast(({ type }) => type === 'session');
  await ana.waitFor(() => lastOf(ana)?.state === 'closed', 20_000);
  expect(lastOf(ana)).toMatchObject({ reason: 'hour-limit' });
  await ana.close();

  const other = ownName('refused');
  await using bea = await personIn(other);
  await worker.dispatch(other);
  const errors = () => bea.events().filter(({ type }) => type === 'error');
  await bea.waitFor(() => errors().length > 0, 20_000);
  expect(errors()).toEqual([
    expect.objectContaining({
      code: 'limit',
      message: 'this agent has used up its tokens of this hour: try again later',
      fatal: true,
    }),
  ]);
  await bea.waitFor(() => bea.agent() === undefined, 20_000);
  expect(liveApi.sessions.length - sessionsBefore).toBe(1);
  const ended = async (): Promise<string> => await (await fetch(`${worker.healthUrl}/metrics`)).text();
  await vi.waitFor(
    async () => expect(await ended()).toContain('gemini_room_calls_total{outcome="hour-limit"} 2'),
    { timeout: 15_000, interval: 200 },
  );
});

test('a call ends at leave.maxTokens or AGENT_MAX_CALL_TOKENS, whichever is lower', async () => {
  const env = { AGENT_ISOLATION: 'shared', AGENT_MAX_CALL_TOKENS: '1000000' };
  await using worker = await startWorker({ livekit, liveApi, env });
  const room = ownName('tokens');
  await using ana = await personIn(room);
  await worker.dispatch(room, { leave: { maxTokens: 1 } });
  await ana.waitFor(() => ana.state() === 'listening', 20_000);
  await ana.sendChat('How are you?');
  const closed = () => ana.events().find(({ type, state }) => type === 'session' && state === 'closed');
  await ana.waitFor(() => closed() !== undefined, 20_000);
  expect(closed()).toMatchObject({ reason: 'max-tokens' });
  expect(ana.captions().some(({ final }) => final)).toBe(true);
});
