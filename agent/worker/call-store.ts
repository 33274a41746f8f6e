// Stores calls in Redis, so that other workers can continue them when this one is killed. No call waits for Redis.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Logger } from '../../src/index.js';
import { sealedState } from './hand-over.js';
import type { HostedJob } from './hosted-job.js';

export interface CallStoreOptions {
  readonly url: string;
  readonly agentName: string;
  readonly stateKey: Uint8Array;
  readonly log: Logger;
}

/** A call whose lease has run out has lost its worker. */
const LEASE_MS = 2_000;
const RENEW_EVERY_MS = 500;
/** Between two writes of a call: the first change is written at once, later ones together. */
const WRITE_EVERY_MS = 50;
/** As long as the service keeps a session that could be resumed. */
const STATE_S = 7_200;
/** How long a worker has to dispatch an orphaned call before another worker tries. */
const CLAIM_MS = 8_000;
const COMMAND_WITHIN_MS = 1_000;
const RECONNECT_AT_MOST_MS = 2_000;

export class CallStore {
  readonly #options: CallStoreOptions;
  readonly #redis: Redis;
  readonly #worker = randomUUID();
  readonly #jobs = new Set<HostedJob>();
  readonly #writes = new Map<HostedJob, NodeJS.Timeout>();
  /** Calls that have changed since the last write. */
  readonly #dirty = new Set<HostedJob>();
  readonly #timer: NodeJS.Timeout;
  #isThere = true;

  constructor(options: CallStoreOptions) {
    this.#options = options;
    const { log } = options;
    this.#redis = new Redis(options.url, {
      // A failed write is repeated with the next change, so there is no queue.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_WITHIN_MS,
      connectTimeout: COMMAND_WITHIN_MS,
      retryStrategy: (times) => Math.min(times * 100, RECONNECT_AT_MOST_MS),
    });
    this.#redis.on('error', (error: Error) => {
      if (this.#isThere)
        log.warn({ reason: error.message }, 'Redis is away: calls go on, and are kept nowhere else');
      this.#isThere = false;
    });
    this.#redis.on('ready', () => {
      if (!this.#isThere) log.info({}, 'Redis is back');
      this.#isThere = true;
      // Redis may have been restarted and have lost its data.
      for (const job of this.#jobs) this.changed(job);
    });
    this.#timer = setInterval(() => this.#renew(), RENEW_EVERY_MS).unref();
  }

  /** Adds a call of this worker. */
  add(job: HostedJob): void {
    this.#jobs.add(job);
    this.#renew();
  }

  /** The state of the call has changed. */
  changed(job: HostedJob): void {
    if (!this.#jobs.has(job)) return;
    if (this.#writes.has(job)) {
      this.#dirty.add(job);
      return;
    }
    this.#write(job);
    const pause = setTimeout(() => {
      this.#writes.delete(job);
      if (this.#dirty.delete(job)) this.changed(job);
    }, WRITE_EVERY_MS);
    this.#writes.set(job, pause);
  }

  /** The call has ended or moved to another worker. `handedOver`: the entry belongs to the other worker. */
  remove(job: HostedJob, handedOver: boolean): void {
    this.#jobs.delete(job);
    clearTimeout(this.#writes.get(job));
    this.#writes.delete(job);
    this.#dirty.delete(job);
    if (handedOver) return;
    const { room } = job.assigned;
    const { state, lease, claim } = this.#keys(room);
    this.#try(this.#redis.multi().del(state, lease, claim).srem(this.#calls, room).exec());
  }

  /** Rooms whose call has lost its worker; each is returned to one worker only. */
  async orphans(): Promise<readonly { readonly room: string; readonly sealed: string }[]> {
    const rooms = await this.#redis.smembers(this.#calls);
    const own = new Set([...this.#jobs].map(({ assigned }) => assigned.room));
    const others = rooms.filter((room) => !own.has(room));
    if (others.length === 0) return [];
    const leases = await this.#redis.mget(others.map((room) => this.#keys(room).lease));
    const found: { room: string; sealed: string }[] = [];
    for (const room of others.filter((_, index) => leases[index] === null)) {
      const { state, claim } = this.#keys(room);
      if ((await this.#redis.set(claim, this.#worker, 'PX', CLAIM_MS, 'NX')) !== 'OK') continue;
      const sealed = await this.#redis.get(state);
      if (sealed === null) this.#try(this.#redis.srem(this.#calls, room));
      else found.push({ room, sealed });
    }
    return found;
  }

  /** Deletes the entry of a call whose room is closed. */
  forget(room: string): void {
    this.#try(this.#redis.multi().del(this.#keys(room).state).srem(this.#calls, room).exec());
  }

  get isThere(): boolean {
    return this.#redis.status === 'ready';
  }

  close(): void {
    clearInterval(this.#timer);
    for (const timer of this.#writes.values()) clearTimeout(timer);
    // quit() sends the pending commands first.
    this.#redis.quit().catch(() => this.#redis.disconnect());
  }

  get #calls(): string {
    return `gemini-room-agent:${this.#options.agentName}:calls`;
  }

  #keys(room: string): { readonly state: string; readonly lease: string; readonly claim: string } {
    const base = `gemini-room-agent:${this.#options.agentName}`;
    return { state: `${base}:state:${room}`, lease: `${base}:lease:${room}`, claim: `${base}:claim:${room}` };
  }

  #renew(): void {
    if (!this.isThere || this.#jobs.size === 0) return;
    const pipeline = this.#redis.pipeline();
    for (const { assigned } of this.#jobs) {
      pipeline.sadd(this.#calls, assigned.room);
      pipeline.set(this.#keys(assigned.room).lease, this.#worker, 'PX', LEASE_MS);
    }
    this.#try(pipeline.exec());
  }

  #write(job: HostedJob): void {
    const sealed = sealedState(job, this.#options.stateKey);
    if (sealed === undefined || !this.isThere) return;
    this.#try(this.#redis.set(this.#keys(job.assigned.room).state, sealed, 'EX', STATE_S));
  }

  #try(command: Promise<unknown>): void {
    command.catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'Redis has not taken a command');
    });
  }
}
