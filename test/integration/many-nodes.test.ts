// Two LiveKit servers on one Redis, as a deployment of several nodes has them, with a worker on each.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { ensureAgent } from '../../src/index.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { callsOf, startWorker } from '../support/worker.js';

const SLOTS = 2;

let redis: TestRedis;
let nodes: LiveKitServer[];
let liveApi: LiveApiServer;

beforeAll(async () => {
  redis = await startRedis();
  const config = { redis: { address: `127.0.0.1:${redis.port}` } };
  [nodes, liveApi] = await Promise.all([
    Promise.all([startLivekitServer({ config }), startLivekitServer({ config })]),
    startShortAnswers(),
  ]);
});

afterAll(async () => {
  await liveApi?.close();
  await Promise.all((nodes ?? []).map((node) => node[Symbol.asyncDispose]()));
  await redis?.[Symbol.asyncDispose]();
});

test('rooms of either node are served by workers of both, each as far as it has slots', async () => {
  const [first, second] = nodes;
  if (!first || !second) throw new Error('there are two nodes');
  const agentName = ownName('many-nodes');
  const env = { AGENT_ISOLATION: 'shared', AGENT_MAX_ROOMS: String(SLOTS) };
  await using one = await startWorker({ livekit: first, liveApi, agentName, env });
  await using two = await startWorker({ livekit: second, liveApi, agentName, env });
  const people: Person[] = [];
  try {
    for (let index = 0; index < 2 * SLOTS; index += 1) {
      const room = ownName(`node-${index}`);
      const [node, other] = index % 2 === 0 ? [first, second] : [second, first];
      const person = new Person({ microphone: false });
      people.push(person);
      // The room's node is the one that its first participant has reached; the dispatch goes to the other one.
      await person.connect(node.url, await personToken({ identity: 'ana', room }));
      await ensureAgent(room, { livekit: other, agentName, totalMs: 20_000 });
      await person.waitFor(() => person.state() === 'listening', 20_000);
    }
    await vi.waitFor(async () => expect(await Promise.all([one, two].map(callsOf))).toEqual([SLOTS, SLOTS]), {
      timeout: 10_000,
    });
    await Promise.all(
      people.map(async (person) => {
        await person.sendChat('Are you there?');
        await person.waitFor(() => person.heard().soundMs() > 50, 20_000);
      }),
    );
    // Nobody has a slot left, wherever it is asked.
    await expect(
      ensureAgent('one-too-many', {
        livekit: second,
        agentName,
        totalMs: 4_000,
      }),
    ).rejects.toMatchObject({ code: 'dispatch', reason: 'full' });
  } finally {
    await Promise.all(people.map((person) => person.close()));
  }
}, 120_000);
