// Stores calls in Redis, so that other workers can continue them when this one is killed. No call waits for Redis.
import { randomUUID } from 'node:crypto';
import { type ChainableCommander, Redis } from 'ioredis';
import { type CallFact, CallRecord, type CallRecordState, type Logger } from '../../src/index.js';
import { sealForDispatch } from './hand-over.js';
import type { HostedJob } from './hosted-job.js';
import { open, openJson, seal, sealJson } from './sealed-state.js';
import { UsageStore } from './usage-store.js';

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

/** One entry of a call's record in Redis: all of it as it was once, or what has happened since the entry before. */
type KeptRecord = { readonly record: CallRecordState } | { readonly facts: readonly CallFact[] };
const RECONNECT_AT_MOST_MS = 2_000;

export class CallStore {
  /** What the calls of all workers of this name have used. */
  readonly usage: UsageStore;
  readonly #options: CallStoreOptions;
  readonly #redis: Redis;
  readonly #worker = randomUUID();
  readonly #jobs = new Set<HostedJob>();
  readonly #writes = new Map<HostedJob, NodeJS.Timeout>();
  /** What has happened in each call since the last write; `all`: Redis may lack something of its record. */
  readonly #facts = new Map<HostedJob, CallFact[] | 'all'>();
  readonly #factWrites = new Map<HostedJob, NodeJS.Timeout>();
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
      for (const job of this.#jobs) {
        this.#facts.set(job, 'all');
        this.changed(job);
      }
    });
    const { agentName } = options;
    this.usage = new UsageStore({ redis: this.#redis, agentName, workerId: this.#worker, log });
    this.#timer = setInterval(() => this.#renew(), RENEW_EVERY_MS).unref();
  }

  /** Adds a call of this worker. */
  add(job: HostedJob): void {
    this.#jobs.add(job);
    this.#facts.set(job, 'all');
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

  /** A fact was added to the call's record. */
  recorded(job: HostedJob, fact: CallFact): void {
    const facts = this.#facts.get(job);
    if (facts === undefined) return;
    if (facts !== 'all') facts.push(fact);
    // Separate from the writes of the state: a change of state that is written at once never waits for a fact.
    if (this.#factWrites.has(job)) return;
    const timer = setTimeout(() => {
      this.#factWrites.delete(job);
      this.#send(job, this.#redis.multi());
    }, WRITE_EVERY_MS);
    this.#factWrites.set(job, timer);
  }

  /** The call has ended or moved to another worker. `handedOver`: the entry belongs to the other worker. */
  remove(job: HostedJob, handedOver: boolean): void {
    this.#jobs.delete(job);
    clearTimeout(this.#writes.get(job));
    this.#writes.delete(job);
    this.#dirty.delete(job);
    this.#facts.delete(job);
    clearTimeout(this.#factWrites.get(job));
    this.#factWrites.delete(job);
    if (handedOver) return;
    const { room } = job.assigned;
    const { state, record, lease, claim } = this.#keys(room);
    this.#try(this.#redis.multi().del(state, record, lease, claim).srem(this.#calls, room).exec());
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
      const { state, record, claim } = this.#keys(room);
      if ((await this.#redis.set(claim, this.#worker, 'PX', CLAIM_MS, 'NX')) !== 'OK') continue;
      const sealed = await this.#redis.get(state);
      if (sealed === null) this.#try(this.#redis.srem(this.#calls, room));
      else found.push({ room, sealed: this.#lost(room, sealed, await this.#redis.lrange(record, 0, -1)) });
    }
    return found;
  }

  /** Deletes the entry of a call whose room is closed. */
  forget(room: string): void {
    const { state, record } = this.#keys(room);
    this.#try(this.#redis.multi().del(state, record).srem(this.#calls, room).exec());
  }

  get isThere(): boolean {
    return this.#redis.status === 'ready';
  }

  close(): void {
    clearInterval(this.#timer);
    for (const timer of [...this.#writes.values(), ...this.#factWrites.values()]) clearTimeout(timer);
    // quit() sends the pending commands first.
    this.#redis.quit().catch(() => this.#redis.disconnect());
  }

  get #calls(): string {
    return `gemini-room-agent:${this.#options.agentName}:calls`;
  }

  #keys(room: string): Readonly<Record<'state' | 'record' | 'lease' | 'claim', string>> {
    const base = `gemini-room-agent:${this.#options.agentName}`;
    const key = (what: string): string => `${base}:${what}:${room}`;
    return { state: key('state'), record: key('record'), lease: key('lease'), claim: key('claim') };
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
    if (!this.isThere || !job.state) return;
    const { room, dispatchId, metadata } = job.assigned;
    const call = { state: job.state, dispatchId, metadata, sealedAtMs: Date.now() };
    const sealed = seal(call, room, this.#options.stateKey);
    this.#send(job, this.#redis.multi().set(this.#keys(room).state, sealed, 'EX', STATE_S));
  }

  /** Sends the writes, and with them what is new of the call's record. */
  #send(job: HostedJob, writes: ChainableCommander): void {
    if (!this.isThere) return;
    const { room } = job.assigned;
    const { record } = this.#keys(room);
    const facts = this.#facts.get(job) ?? [];
    if (facts.length > 0) {
      const kept: KeptRecord = facts === 'all' ? { record: job.record.state } : { facts };
      if (facts === 'all') writes.del(record);
      writes.rpush(record, sealJson(kept, room, this.#options.stateKey)).expire(record, STATE_S);
      this.#facts.set(job, []);
    }
    if (writes.length === 0) return;
    this.#try(writes.exec(), () => {
      if (this.#jobs.has(job)) this.#facts.set(job, 'all');
    });
  }

  /** The call of a killed worker, with its record, as a dispatch carries it. */
  #lost(room: string, sealed: string, entries: readonly string[]): string {
    const { stateKey, log } = this.#options;
    try {
      const call = open(sealed, room, stateKey);
      let kept = new CallRecord();
      for (const entry of entries) {
        const part = openJson(entry, room, stateKey) as KeptRecord;
        if ('record' in part) kept = new CallRecord(part.record);
        else for (const fact of part.facts) kept.add(fact);
      }
      return sealForDispatch({ ...call, isLost: true }, kept.state, room, stateKey);
    } catch (error) {
      log.warn({ err: error, room }, 'the record of a call could not be read');
      // Whether the state itself can be used is for the worker to say that gets it.
      return sealed;
    }
  }

  #try(command: Promise<unknown>, onFailed?: () => void): void {
    command.catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'Redis has not taken a command');
      onFailed?.();
    });
  }
}
