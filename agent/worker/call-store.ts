// Stores calls in Redis, so that other workers can continue them when this one is killed. No call waits for Redis.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { delay, type Logger } from '../../src/index.js';
import { sealForDispatch } from './hand-over.js';
import { HeldUp } from './held-up.js';
import type { HostedJob } from './hosted-job.js';
import { type CallChange, KeptCall } from './kept-call.js';
import { type SealedCall, seal, unseal } from './sealed-state.js';
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
/** Between two writes of a call: facts and speech that come meanwhile are written together. */
const WRITE_EVERY_MS = 50;
/** As long as the service keeps a session that could be resumed. */
const STATE_S = 7_200;
/** How long one worker alone has to dispatch an orphaned call; a call that was accepted has a lease. */
const CLAIM_MS = 4_000;
const COMMAND_WITHIN_MS = 1_000;
const RECONNECT_AT_MOST_MS = 2_000;
/** After so many entries the whole call is written again: a call of a day must not fill Redis. */
const MOST_ENTRIES = 200;

const FIRST_EPOCH = 1;

/** One entry of a call in Redis: all of it as it was once, or what has changed since the entry before. */
type Entry = SealedCall | { readonly epoch: number; readonly changes: readonly CallChange[] };

/** What Redis has of a call. */
interface Written {
  /** Since the last write; undefined: Redis may lack something, and is to be given all of it. */
  changes: CallChange[] | undefined;
  entries: number;
  /** A write is on its way, or was a moment ago; ended early by what must not wait. */
  pause: AbortController | undefined;
}

export class CallStore {
  /** What the calls of all workers of this name have used. */
  readonly usage: UsageStore;
  readonly #options: CallStoreOptions;
  readonly #redis: Redis;
  readonly #worker = randomUUID();
  readonly #jobs = new Map<HostedJob, Written>();
  readonly #timer: NodeJS.Timeout;
  #isThere = true;
  /** For longer than a lease. */
  readonly #heldUp = new HeldUp(LEASE_MS);
  /** This process was held up, and asks whose its calls are now. Until it knows, it writes nothing. */
  #asking: Promise<void> | undefined;
  /** Called with each call that another worker has taken up. */
  onTakenUp: (job: HostedJob) => void = () => {};

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
      for (const [job, written] of this.#jobs) {
        written.changes = undefined;
        this.#write(job, written);
      }
    });
    const { agentName } = options;
    this.usage = new UsageStore({ redis: this.#redis, agentName, workerId: this.#worker, log });
    this.#timer = setInterval(() => this.#renew(), RENEW_EVERY_MS).unref();
  }

  /**
   * Adds a call of this worker. `isLost`: of one that was killed.
   *
   * @returns false where another worker has taken up the lost call, with an earlier dispatch
   */
  async add(job: HostedJob, isLost: boolean): Promise<boolean> {
    if (isLost && !(await this.#acquire(job.assigned.room))) return false;
    if (job.isOver) return true;
    const written = { changes: undefined, entries: 0, pause: undefined };
    this.#jobs.set(job, written);
    this.#renew();
    // Before the call has begun: the dispatch of a worker that dies in that moment would bring nobody.
    this.#write(job, written);
    return true;
  }

  /** Whether another worker has taken the call up, while this process was held up. */
  async isTakenUp(job: HostedJob): Promise<boolean> {
    if (this.#heldUp.isNow) this.#ask();
    await this.#asking;
    return job.isOver;
  }

  /** Whether a worker has the call in this room. @throws when Redis cannot be asked */
  async isHeld(room: string): Promise<boolean> {
    return (await this.#redis.exists(this.#keys(room).lease)) === 1;
  }

  changed(job: HostedJob, change: CallChange): void {
    const written = this.#jobs.get(job);
    if (!written) return;
    written.changes?.push(change);
    // If this process dies meanwhile, its successor uses the number of a turn again, or asks for a tool again.
    if ('state' in change) written.pause?.abort();
    this.#write(job, written);
  }

  /** The call has ended or moved to another worker. `handedOver`: the entry belongs to the other worker. */
  remove(job: HostedJob, handedOver: boolean): void {
    this.#jobs.delete(job);
    if (!handedOver) this.forget(job.assigned.room);
  }

  /** Rooms whose call has lost its worker; each is returned to one worker only. */
  async orphans(): Promise<readonly { readonly room: string; readonly sealed: string }[]> {
    const rooms = await this.#redis.smembers(this.#calls);
    const own = new Set([...this.#jobs.keys()].map(({ assigned }) => assigned.room));
    const others = rooms.filter((room) => !own.has(room));
    if (others.length === 0) return [];
    const leases = await this.#redis.mget(others.map((room) => this.#keys(room).lease));
    const found: { room: string; sealed: string }[] = [];
    for (const room of others.filter((_, index) => leases[index] === null)) {
      const { call, claim } = this.#keys(room);
      if ((await this.#redis.set(claim, this.#worker, 'PX', CLAIM_MS, 'NX')) !== 'OK') continue;
      const sealed = this.#lost(room, await this.#redis.lrange(call, 0, -1));
      if (sealed === undefined) this.#try(this.#redis.srem(this.#calls, room));
      else found.push({ room, sealed });
    }
    return found;
  }

  /** Deletes the entries of a call that is over. */
  forget(room: string): void {
    const { call, lease, claim } = this.#keys(room);
    this.#try(this.#redis.multi().del(call, lease, claim).srem(this.#calls, room).exec());
  }

  get isThere(): boolean {
    return this.#redis.status === 'ready';
  }

  close(): void {
    clearInterval(this.#timer);
    this.#jobs.clear();
    // quit() sends the pending commands first.
    this.#redis.quit().catch(() => this.#redis.disconnect());
  }

  get #calls(): string {
    return `gemini-room-agent:${this.#options.agentName}:calls`;
  }

  #keys(room: string): Readonly<Record<'call' | 'lease' | 'claim', string>> {
    const base = `gemini-room-agent:${this.#options.agentName}`;
    return { call: `${base}:call:${room}`, lease: `${base}:lease:${room}`, claim: `${base}:claim:${room}` };
  }

  /** The lease of a call that has none. @returns false where it has one; true also where Redis cannot be asked */
  async #acquire(room: string): Promise<boolean> {
    try {
      return (await this.#redis.set(this.#keys(room).lease, this.#worker, 'PX', LEASE_MS, 'NX')) === 'OK';
    } catch {
      return true;
    }
  }

  #ask(): void {
    this.#heldUp.turned();
    this.#asking ??= this.#giveUpTakenCalls().finally(() => {
      this.#asking = undefined;
      this.#renew();
      for (const [job, written] of this.#jobs) this.#write(job, written);
    });
  }

  async #giveUpTakenCalls(): Promise<void> {
    const jobs = [...this.#jobs.keys()];
    if (jobs.length === 0) return;
    try {
      const holders = await this.#redis.mget(jobs.map(({ assigned }) => this.#keys(assigned.room).lease));
      for (const [index, job] of jobs.entries()) {
        if ((holders[index] ?? this.#worker) !== this.#worker) this.onTakenUp(job);
      }
    } catch (error) {
      this.#options.log.debug({ err: error }, 'could not ask whose the calls of this worker are');
    }
  }

  #renew(): void {
    if (this.#heldUp.isNow) this.#ask();
    if (this.#asking) return;
    this.#heldUp.turned();
    if (!this.isThere || this.#jobs.size === 0) return;
    const pipeline = this.#redis.pipeline();
    for (const { assigned } of this.#jobs.keys()) {
      pipeline.sadd(this.#calls, assigned.room);
      pipeline.set(this.#keys(assigned.room).lease, this.#worker, 'PX', LEASE_MS);
    }
    this.#try(pipeline.exec());
  }

  /** One write of a call at a time: where Redis is slow, changes wait here and not in its connection. */
  #write(job: HostedJob, written: Written): void {
    if (written.pause || this.#asking || !this.isThere) return;
    if (written.changes?.length === 0 || this.#jobs.get(job) !== written) return;
    const pause = new AbortController();
    written.pause = pause;
    void this.#append(job, written, pause.signal).finally(() => {
      written.pause = undefined;
      this.#write(job, written);
    });
  }

  async #append(job: HostedJob, written: Written, isUrgent: AbortSignal): Promise<void> {
    const { assigned, kept } = job;
    const { room, dispatchId, metadata } = assigned;
    const { carried } = kept;
    const { changes } = written;
    const isWhole = !changes || written.entries >= MOST_ENTRIES;
    const entry: Entry = isWhole
      ? { ...carried, dispatchId, metadata, sealedAtMs: Date.now() }
      : { epoch: carried?.state.epoch ?? FIRST_EPOCH, changes };
    written.changes = [];
    written.entries = isWhole ? 1 : written.entries + 1;
    const { call } = this.#keys(room);
    const writes = this.#redis.multi();
    if (isWhole) writes.del(call);
    writes.rpush(call, seal(entry, room, this.#options.stateKey)).expire(call, STATE_S);
    try {
      const results = await writes.exec();
      const [, length] = results?.[isWhole ? 1 : 0] ?? [];
      // Redis has lost the earlier entries, or an earlier holder of the call has added one.
      if (length !== written.entries) written.changes = undefined;
      await delay(WRITE_EVERY_MS, isUrgent);
    } catch (error) {
      this.#options.log.debug({ err: error }, 'Redis has not taken a call');
      written.changes = undefined;
      await delay(COMMAND_WITHIN_MS);
    }
  }

  /** The call of a killed worker as a dispatch carries it; undefined: nothing of use is left of it. */
  #lost(room: string, entries: readonly string[]): string | undefined {
    const { stateKey, log } = this.#options;
    try {
      const call = joined(entries.map((entry) => unseal(entry, room, stateKey) as Entry));
      return call && sealForDispatch({ ...call, isLost: true, sealedAtMs: Date.now() }, room, stateKey);
    } catch (error) {
      log.warn({ err: error, room }, 'a call without a worker could not be read');
      return undefined;
    }
  }

  #try(command: Promise<unknown>): void {
    command.catch((error: unknown) =>
      this.#options.log.debug({ err: error }, 'Redis has not taken a command'),
    );
  }
}

function joined(entries: readonly Entry[]): SealedCall | undefined {
  let call: SealedCall | undefined;
  let kept: KeptCall | undefined;
  for (const entry of entries) {
    if (!('changes' in entry)) {
      call = entry;
      kept = new KeptCall(entry);
    } else if (entry.epoch >= (kept?.carried?.state.epoch ?? 0)) {
      // Of a lower epoch: the worker that gave the call away has written once more.
      for (const change of entry.changes) kept?.add(change);
    }
  }
  return call && { ...call, ...kept?.carried };
}
