// Limits of an hour that workers share: by Redis, or by what goes with a call that is handed over.
import { randomBytes } from 'node:crypto';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { AgentDispatchClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CallBudget, type LimitNotice } from '../../agent/observe/call-budget.js';
import { CallStore } from '../../agent/worker/call-store.js';
import { Person } from '../../cli/person.js';
import type { BillLimits } from '../../src/index.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { startShortAnswers } from '../support/short-answers.js';
import { quietLog } from '../support/supervised.js';
import { personToken } from '../support/tokens.js';
import { startWorker } from '../support/worker.js';

const stateKey = randomBytes(32);
const WITHIN = { timeout: 15_000, interval: 50 };

let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
});

/** What a worker counts, with a connection of its own. */
class Counting {
  readonly notices: [string, LimitNotice][] = [];
  readonly #store: CallStore;
  readonly #budget: CallBudget;

  private constructor(agentName: string, limits: Partial<BillLimits>) {
    this.#store = new CallStore({ url: redis.url, agentName, stateKey, log: quietLog });
    this.#budget = new CallBudget({
      limits: { call: {}, hour: {}, room: {}, ...limits },
      notify: (call, notice) => this.notices.push([call, notice]),
      usage: this.#store.usage,
      log: quietLog,
    });
  }

  static async start(agentName: string, limits: Partial<BillLimits>): Promise<Counting> {
    const counting = new Counting(agentName, limits);
    await vi.waitFor(() => expect(counting.#store.isThere).toBe(true), WITHIN);
    return counting;
  }

  async admit(room: string): Promise<string | undefined> {
    return (await this.#budget.admit({ id: `${room}-new`, room }))?.limit;
  }

  begin(room: string, carried?: object): void {
    const about = { room, agent: 'agent-gemini', model: 'm', present: [], tools: {} };
    const call = { id: room, room, ...(carried ? { carried } : {}) };
    this.#budget.fact(call, { type: 'begun', at: Date.now(), ...about });
  }

  use(room: string, total: number): void {
    const numbers = {
      prompt: total,
      response: 0,
      thoughts: 0,
      total,
      byModality: { prompt: {}, response: {} },
    };
    const event = { type: 'usage', turn: 1, ...numbers, session: numbers } as const;
    this.#budget.fact({ id: room, room }, { type: 'event', at: Date.now(), event });
  }

  end(room: string): void {
    this.#budget.ended(room);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#budget.close();
    this.#store.close();
  }
}

describe('by Redis', () => {
  test('what one worker has used, another refuses; a call that it takes over is no new one', async () => {
    const limits = { hour: { tokens: 100 }, room: { calls: 2 } };
    const agentName = ownName('shared');
    await using one = await Counting.start(agentName, limits);
    await using other = await Counting.start(agentName, limits);
    await using elsewhere = await Counting.start(ownName('another-name'), limits);
    expect(await one.admit('hall')).toBeUndefined();
    one.begin('hall');
    one.end('hall');
    await vi.waitFor(
      async () => expect(await redis.client.keys(`*:${agentName}:used:hall`)).toHaveLength(1),
      WITHIN,
    );
    other.begin('hall', {});
    expect(await other.admit('hall')).toBeUndefined();
    one.begin('hall');
    one.use('hall', 60);
    other.use('hall', 40);
    const reached: [string, LimitNotice] = ['hall', { limit: 'hour-limit' }];
    await vi.waitFor(
      () => expect([one.notices.at(-1), other.notices.at(-1)]).toEqual([reached, reached]),
      WITHIN,
    );
    expect(await other.admit('library')).toBe('hour-limit');
    expect(await one.admit('hall')).toBe('room-limit');
    expect(await elsewhere.admit('hall')).toBeUndefined();
  });

  test('while Redis is away each worker counts alone, and nothing is lost or counted twice when it is back, empty', async () => {
    const limits = { room: { tokens: 100 } };
    // A failed try may have left it stopped.
    await redis.stop();
    await redis.start();
    const agentName = ownName('away');
    const used = `gemini-room-agent:${agentName}:used:hall`;
    await using one = await Counting.start(agentName, limits);
    await using other = await Counting.start(agentName, limits);
    one.begin('hall');
    one.use('hall', 49);
    await vi.waitFor(async () => expect(await redis.client.exists(used)).toBe(1), WITHIN);
    await redis.stop();
    expect(await one.admit('hall')).toBeUndefined();
    one.use('hall', 50);
    await redis.start();
    await vi.waitFor(async () => {
      const [text = ''] = await redis.client.hvals(used);
      expect(text).toMatch(/,99\]\]$/);
    }, WITHIN);
    expect(await other.admit('hall')).toBeUndefined();
    one.use('hall', 1);
    await vi.waitFor(async () => expect(await other.admit('hall')).toBe('room-limit'), WITHIN);
  });
});

describe('of a room that goes to another worker', () => {
  let livekit: LiveKitServer;
  let liveApi: LiveApiServer;

  beforeAll(async () => {
    [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
  });

  afterAll(async () => {
    await liveApi?.close();
    await livekit?.[Symbol.asyncDispose]();
  });

  test.each([
    ['with its next call, counted in Redis', true],
    ['with its call, which is handed over', false],
  ])('%s', async (_name, withRedis) => {
    const agentName = ownName(withRedis ? 'limited-by-redis' : 'limited-by-hand-over');
    const env = {
      AGENT_ISOLATION: 'shared',
      AGENT_DRAIN_MS: '0',
      AGENT_STATE_KEY: stateKey.toString('base64'),
      AGENT_MAX_ROOM_CALLS: '2',
      ...(withRedis ? { REDIS_URL: redis.url } : {}),
    };
    const room = agentName;
    await using old = await startWorker({ livekit, liveApi, agentName, env });
    await using person = new Person({ microphone: false });
    await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
    const dispatches = new AgentDispatchClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret);
    const first = await old.dispatch(room);
    await person.waitFor(() => person.state() === 'listening', 20_000);
    await using young = await startWorker({ livekit, liveApi, agentName, env });
    if (!withRedis) {
      old.kill('SIGTERM');
      await person.waitFor(() => person.events().some(({ epoch }) => epoch === 2), 20_000);
      await young.jobIn(room);
    }
    const end = async (dispatchId: string): Promise<void> => {
      await dispatches.deleteDispatch(dispatchId, room);
      await person.waitFor(() => person.agent() === undefined, 20_000);
    };
    await end(first);
    old.kill('SIGTERM');
    expect(await old.ended).toBe(143);
    // A call that has gone to another worker is one.
    const second = await young.dispatch(room);
    await person.waitFor(() => person.state() === 'listening', 20_000);
    await end(second);
    await young.dispatch(room);
    const refused = () => person.events().find(({ type }) => type === 'error');
    await person.waitFor(() => refused() !== undefined, 20_000);
    expect(refused()).toMatchObject({
      code: 'limit',
      message: 'this room has used up its calls of this hour: try again later',
    });
    await person.close();
  });
});
