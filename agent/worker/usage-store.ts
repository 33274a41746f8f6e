// Keeps in Redis what the calls of each worker have used in the last hour, so that they are limited together.
import type { Redis } from 'ioredis';
import type { Logger } from '../../src/index.js';
import { ALL, oldest, type Used, type UsedSlice } from '../observe/budget.js';
import type { SharedUsage } from '../observe/call-budget.js';

export interface UsageStoreOptions {
  readonly redis: Redis;
  readonly agentName: string;
  readonly workerId: string;
  readonly log: Logger;
}

/** An hour, and one minute for clocks that differ. */
const KEPT_S = 3_660;
/** Commands for each room: write, expire, read. */
const COMMANDS = 3;

export class UsageStore implements SharedUsage {
  readonly #options: UsageStoreOptions;

  constructor(options: UsageStoreOptions) {
    this.#options = options;
  }

  get workerId(): string {
    return this.#options.workerId;
  }

  async exchange(
    own: ReadonlyMap<string, readonly UsedSlice[]>,
  ): Promise<ReadonlyMap<string, Used> | undefined> {
    const { redis, log } = this.#options;
    // Calls begin and go on by what is known here while Redis is away.
    if (redis.status !== 'ready' || own.size === 0) return undefined;
    const pipeline = redis.pipeline();
    // Whole sums, not increments: a write that is repeated, or lost with Redis, changes no count.
    for (const [scope, slices] of own) {
      const key = this.#key(scope);
      pipeline.hset(key, this.workerId, JSON.stringify(slices)).expire(key, KEPT_S).hgetall(key);
    }
    try {
      const results = (await pipeline.exec()) ?? [];
      return new Map(
        [...own.keys()].map((scope, index) => {
          const [error, fields] = results[index * COMMANDS + COMMANDS - 1] ?? [];
          if (error) throw error;
          return [scope, this.#read(scope, fields as Readonly<Record<string, string>>)];
        }),
      );
    } catch (error) {
      log.debug({ err: error }, 'what calls have used was not shared with other workers');
      return undefined;
    }
  }

  /** Entries of workers that have counted nothing for an hour are deleted: each start of a worker makes a new one. */
  #read(scope: string, fields: Readonly<Record<string, string>>): Used {
    const since = oldest(Date.now());
    const used: Record<string, readonly UsedSlice[]> = {};
    const old: string[] = [];
    for (const [workerId, text] of Object.entries(fields)) {
      const slices = slicesOf(text).filter(([minute]) => minute >= since);
      if (slices.length > 0) used[workerId] = slices;
      else if (workerId !== this.workerId) old.push(workerId);
    }
    if (old.length > 0) this.#options.redis.hdel(this.#key(scope), ...old).catch(() => {});
    return used;
  }

  #key(scope: string): string {
    const base = `gemini-room-agent:${this.#options.agentName}`;
    return scope === ALL ? `${base}:used` : `${base}:used:${scope}`;
  }
}

/** Another version may have written something else there. */
function slicesOf(text: string): readonly UsedSlice[] {
  try {
    const slices: unknown = JSON.parse(text);
    return Array.isArray(slices) ? slices.filter(isSlice) : [];
  } catch {
    return [];
  }
}

function isSlice(slice: unknown): slice is UsedSlice {
  return Array.isArray(slice) && slice.length === 4 && slice.every((value) => Number.isFinite(value));
}
