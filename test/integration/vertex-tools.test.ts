// Calls without an id, as Vertex AI makes them: each is run and answered once, by its name.
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { defineTool, z } from '../../src/tools/tool.js';
import { startCall } from '../support/call.js';
import { answerSetup, LiveService, type Peer } from '../support/live-service.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { eventsOf, toolEvents } from '../support/tool-call.js';
import { type Credentials, workloadIdentity } from '../support/workload-identity.js';

let livekit: LiveKitServer;
let credentials: Credentials;

beforeAll(async () => {
  [livekit, credentials] = await Promise.all([startLivekitServer(), workloadIdentity('token-of-a-workload')]);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(async () => {
  await credentials?.[Symbol.asyncDispose]();
  await livekit?.[Symbol.asyncDispose]();
});

const asked: string[] = [];
/** Answers to the city that is written here wait. */
const waits = new Map<string, Promise<void>>();

const weather = defineTool({
  name: 'weather',
  description: 'Tells the weather of a city',
  parameters: z.object({ city: z.string() }),
  run: async ({ city }) => {
    asked.push(city);
    await waits.get(city);
    return { city };
  },
});

async function startVertexCall(service: LiveService) {
  asked.length = 0;
  waits.clear();
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', credentials.file);
  // As it is in a worker: without it Google's library asks Google which project this is.
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'shop');
  const call = await startCall({
    livekit,
    liveApi: service,
    access: { vertex: { project: 'shop', location: 'europe-west4' } },
    tools: { modules: new Map([['weather', weather]]), webhooks: { origins: [], secret: undefined } },
    profile: {
      model: 'gemini-live-2.5-flash-native-audio',
      tools: [{ declaration: { name: 'weather' }, run: { by: 'module', name: 'weather' } }],
    },
  });
  await call.person.waitFor((person) => person.state() === 'listening', 15_000);
  return call;
}

const callFor = (...cities: string[]) => ({
  toolCall: { functionCalls: cities.map((city) => ({ name: 'weather', args: { city } })) },
});

const responses = (...peers: Peer[]) =>
  peers
    .flatMap(({ received }) => received)
    .flatMap(({ toolResponse }) => {
      const { functionResponses = [] } = (toolResponse ?? {}) as { functionResponses?: unknown[] };
      return functionResponses;
    });

const answerFor = (city: string) => ({ name: 'weather', response: { city } });

test('two calls of a function, one after the other: each is answered once, without an id', async () => {
  await using service = await LiveService.start();
  await using call = await startVertexCall(service);
  const { peer } = service;
  peer.send(callFor('Oslo'));
  await vi.waitFor(() => expect(responses(peer)).toStrictEqual([answerFor('Oslo')]), 15_000);
  peer.send({ serverContent: { turnComplete: true } });
  peer.send(callFor('Rome'));
  await vi.waitFor(
    () => expect(responses(peer)).toStrictEqual([answerFor('Oslo'), answerFor('Rome')]),
    5_000,
  );
  await call.person.waitFor((person) => eventsOf(person, 'tool.result').length === 2, 15_000);
  const ids = eventsOf(call.person, 'tool.call').map(({ id }) => id);
  expect(new Set(ids).size).toBe(2);
  expect(toolEvents(call.person)).toEqual(
    ids.flatMap((id) => [`tool.call ${String(id)}`, `tool.result ${String(id)}`]),
  );
});

test('several at once are answered in the order of the calls: the name alone does not tell them apart', async () => {
  await using service = await LiveService.start();
  await using _call = await startVertexCall(service);
  const { peer } = service;
  let letOslo: () => void = () => {};
  waits.set(
    'Oslo',
    new Promise((resolve) => {
      letOslo = resolve;
    }),
  );
  peer.send(callFor('Oslo', 'Rome'));
  await vi.waitFor(() => expect(asked).toEqual(['Oslo', 'Rome']), 15_000);
  letOslo();
  await vi.waitFor(() => expect(responses(peer)).toHaveLength(2), 15_000);
  expect(responses(peer)).toStrictEqual([answerFor('Oslo'), answerFor('Rome')]);
});

test('a call that a resumed session repeats runs once, and its successor runs too', async () => {
  await using service = await LiveService.start((peer) => {
    answerSetup(peer);
    peer.socket.once('message', () =>
      peer.send({ sessionResumptionUpdate: { newHandle: 'h1', resumable: true } }),
    );
  });
  await using _call = await startVertexCall(service);
  let letOslo: () => void = () => {};
  waits.set(
    'Oslo',
    new Promise((resolve) => {
      letOslo = resolve;
    }),
  );
  service.peer.send(callFor('Oslo'));
  await vi.waitFor(() => expect(asked).toEqual(['Oslo']), 15_000);
  service.peer.socket.terminate();
  const resumed = await vi.waitFor(() => {
    const [, second] = service.peers;
    if (!second || second.received.length === 0) throw new Error('nothing was resumed');
    return second;
  }, 5_000);
  expect(resumed.received[0]).toMatchObject({ setup: { sessionResumption: { handle: 'h1' } } });
  resumed.send(callFor('Oslo'));
  resumed.send(callFor('Rome'));
  await vi.waitFor(() => expect(asked).toEqual(['Oslo', 'Rome']), 15_000);
  letOslo();
  await vi.waitFor(() => expect(responses(...service.peers)).toHaveLength(2), 15_000);
  expect(responses(...service.peers)).toStrictEqual([answerFor('Oslo'), answerFor('Rome')]);
});
