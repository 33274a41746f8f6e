// The shared worker: takes jobs from LiveKit as long as it has slots, and runs their calls in room hosts.
import type { Job, JobAssignment } from '@livekit/protocol';
import { agentIdentity, delay } from '../../src/index.js';
import { agentToken } from './agent-token.js';
import { CallKeeper } from './call-keeper.js';
import { DispatchWatch } from './dispatch-watch.js';
import { handOverAll, QUIET_WITHIN_MS } from './hand-over.js';
import type { WorkerStatus } from './health.js';
import type { CallMessage, HostJob } from './host-messages.js';
import { HostPool } from './host-pool.js';
import { HostedJob } from './hosted-job.js';
import { type CallChange, forNextHolder } from './kept-call.js';
import { type JobAnswer, LiveKitConnection } from './livekit-connection.js';
import { TAKEN_UP } from './lost-place.js';
import type { RoomHost } from './room-host.js';
import { carried, isSealed, type Taken } from './sealed-state.js';
import type { SharedWorkerOptions } from './shared-worker-options.js';
import { Slots } from './slots.js';

/** What a call takes at most to say goodbye and leave. */
const GOODBYE_MS = 8_000;
/** A call that has not ended after this time is removed from the worker: its process does not react. */
const STOP_AT_MOST_MS = 15_000;
/** Share of all cores above which the worker takes no more calls. */
const BUSY_CPU = 0.9;

export class SharedWorker {
  readonly #options: SharedWorkerOptions;
  readonly #slots: Slots;
  readonly #jobs = new Map<string, HostedJob>();
  readonly #pool: HostPool;
  readonly #connection: LiveKitConnection;
  readonly #watch: DispatchWatch;
  readonly #keeper: CallKeeper;
  #draining = false;
  #onChange: () => void = () => {};

  constructor(options: SharedWorkerOptions) {
    const { livekit, agentName, version, log } = options;
    this.#options = options;
    this.#keeper = new CallKeeper(options, (id, notice) =>
      this.#jobs.get(id)?.host?.send({ type: 'limit', id, notice }),
    );
    if (options.store) options.store.onTakenUp = (job) => this.#ended(job, TAKEN_UP, false);
    this.#slots = new Slots(options.maxRooms);
    this.#pool = new HostPool({
      fork: {
        script: options.hostScript,
        ...(options.hostEnv ? { env: options.hostEnv } : {}),
        ...(options.hostFolder ? { folder: options.hostFolder } : {}),
        ...(options.firstHost ? { started: options.firstHost } : {}),
      },
      ...(options.hostLimits ? { limits: options.hostLimits } : {}),
      observer: options.observer,
      onMessage: (host, message) => this.#onHost(host, message),
      onLost: (calls, how) => this.#onLost(calls, how),
      onRetiring: (host) => void this.#emptyAtQuietMoments(host),
      log,
    });
    this.#connection = new LiveKitConnection({
      livekit,
      agentName,
      version,
      load: () => this.#load(),
      listener: {
        onRequest: (job) => this.#onRequest(job),
        onAssignment: (assignment) => this.#onAssignment(assignment),
        onTermination: (jobId) => void this.#watch.terminated(this.#jobs.get(jobId)),
        onRegistered: (workerId) => {
          this.#watch.forgetDetached();
          log.info({ workerId, agentName }, 'registered worker');
        },
      },
      log,
    });
    this.#watch = new DispatchWatch({
      livekit,
      agentName,
      jobs: () => this.#jobs.values(),
      isRegistered: () => this.#connection.isRegistered,
      stop: (job, reason) => this.#stop(job, reason),
      log,
    });
  }

  get status(): WorkerStatus {
    return {
      agentName: this.#options.agentName,
      rooms: this.#jobs.size,
      slots: this.#slots.max,
      hosts: this.#pool.size,
      registered: this.#connection.isRegistered,
      full: this.#load().full,
      draining: this.#draining,
      starting: !this.#pool.wasReady,
    };
  }

  /** The process that runs the call in this room. */
  hostIn(room: string): number | undefined {
    return [...this.#jobs.values()].find(({ assigned }) => assigned.room === room)?.host?.pid;
  }

  /** Registers: a call that comes before the first host is ready waits for it. @throws AgentError that says why none can be started */
  async start(): Promise<void> {
    const { hostsCheckFirst = false } = this.#options;
    if (!hostsCheckFirst) void this.#connection.run();
    try {
      await this.#pool.ready();
    } catch (error) {
      for (const job of [...this.#jobs.values()]) this.#ended(job, 'the worker cannot start', true);
      throw error;
    }
    if (hostsCheckFirst) void this.#connection.run();
  }

  /** Takes no more calls, lets those that are there go on for so long, asks them for their end, and closes. */
  async drain(drainMs = this.#options.drainMs): Promise<void> {
    this.#draining = true;
    this.#connection.report();
    await this.#slots.settled(() => this.#jobs.keys());
    await this.#jobsAreOver(drainMs);
    const { stateKey } = this.#options;
    const options = { ...this.#options, used: this.#keeper.used };
    if (stateKey) await handOverAll([...this.#jobs.values()], { ...options, stateKey });
    for (const job of this.#jobs.values()) this.#stop(job, 'the worker ends');
    await this.#jobsAreOver(GOODBYE_MS);
    this.close();
  }

  close(): void {
    this.#watch.close();
    this.#connection.close();
    this.#pool.close();
  }

  async #jobsAreOver(withinMs: number): Promise<void> {
    const endsMs = performance.now() + withinMs;
    while (this.#jobs.size > 0) {
      const leftMs = endsMs - performance.now();
      if (leftMs <= 0) return;
      const changed = new AbortController();
      this.#onChange = () => changed.abort();
      await delay(Math.min(leftMs, 2 ** 31 - 1), changed.signal);
    }
  }

  #load(): { readonly load: number; readonly full: boolean; readonly jobs: number } {
    const load = Math.max(this.#slots.load(this.#jobs.keys()), this.#keeper.load);
    const full = this.#draining || load >= 1 || this.#pool.cpu >= BUSY_CPU;
    return { load: full ? 1 : load, full, jobs: this.#jobs.size };
  }

  #onRequest(job: Job): JobAnswer {
    const { agentName, log } = this.#options;
    const room = job.room?.name ?? '';
    if (this.#serves(room) && !isSealed(job.metadata)) {
      log.info({ room }, 'another agent of this name serves the room already');
      // Ended here and now: the server asks no other worker, and no slot is taken.
      this.#keeper.dispatched('served-already');
      return { available: false, terminate: true };
    }
    const available = !this.#draining && this.#slots.reserve(job.id, this.#jobs.keys());
    this.#keeper.dispatched(available ? 'accepted' : 'rejected');
    if (!available) return { available };
    return {
      available: true,
      participantIdentity: agentIdentity(agentName),
      participantName: agentName || 'agent',
    };
  }

  #serves(room: string): boolean {
    const jobs = [...this.#jobs.values()];
    return jobs.some(({ assigned, stopping }) => assigned.room === room && stopping === undefined);
  }

  #onAssignment({ job, url, token }: JobAssignment): void {
    if (!job) return;
    const { id, dispatchId, metadata } = job;
    const { name: room = '', sid = '' } = job.room ?? {};
    const assigned = { id, dispatchId, room, sid, url: url || this.#options.livekit.url, token, metadata };
    try {
      // The call began with another dispatch than this job: the server does not end it when that dispatch is deleted.
      const { taken, ...call } = carried(metadata, room, this.#options.stateKey);
      void this.#begin({ ...assigned, ...call }, taken);
    } catch (error) {
      this.#options.log.error(
        { code: 'take_over', err: error, room },
        'a call of another worker could not be taken over',
      );
      this.#slots.release(id);
      this.#connection.jobEnded(id, true, error instanceof Error ? error.message : String(error));
      this.#connection.report();
    }
  }

  async #begin(assigned: HostJob, taken?: Taken): Promise<void> {
    const job = new HostedJob(assigned);
    this.#jobs.set(assigned.id, job);
    job.detached = taken !== undefined;
    this.#slots.release(assigned.id);
    this.#connection.report();
    if (await this.#keeper.begun(job, taken === 'lost')) await this.#place(job, assigned.token);
    else this.#ended(job, TAKEN_UP, false);
  }

  /** Gives the job to a host; with what an earlier host has reported of it, where there was one. */
  async #place(job: HostedJob, token: string): Promise<void> {
    const { assigned } = job;
    job.refusal ??= this.#keeper.refusal(job);
    const [host, refused] = await Promise.all([this.#pool.take(assigned.id), job.refusal]);
    if (this.#jobs.get(assigned.id) !== job || job.stopping !== undefined) {
      this.#pool.left(host, assigned.id);
      this.#ended(job, job.stopping ?? 'over', false);
      return;
    }
    const kept = job.kept.carried;
    const carried = kept && job.host ? forNextHolder(kept) : kept;
    job.startIn(host, { token, ...(carried && { carried }), ...(refused && { refused }) });
  }

  async #move(job: HostedJob, { planned }: { readonly planned: boolean }): Promise<void> {
    if (await this.#keeper.isTakenUp(job)) return;
    this.#keeper.changed(job, { fact: { type: 'moved', at: Date.now(), planned } });
    const { livekit, agentName } = this.#options;
    const about = { room: job.assigned.room, agentName, identity: agentIdentity(agentName) };
    await this.#place(job, await agentToken(livekit, about));
  }

  #onHost(host: RoomHost, message: CallMessage): void {
    const job = this.#jobs.get(message.id);
    const isHolder = job?.host === host;
    switch (message.type) {
      case 'change':
        if (isHolder) this.#keeper.changed(job, message.change);
        else if (job) this.#onEarlier(job, message.change);
        return;
      case 'quiet':
        if (!isHolder || job.stopping !== undefined) return;
        if (!job.onQuiet()) void this.#move(job, { planned: true });
        return;
      case 'ended':
        this.#pool.left(host, message.id);
        if (isHolder) this.#ended(job, message.reason, message.failed);
        return;
    }
  }

  /** The holder that is being replaced: its facts are about this call, and what it hears is for its successor. */
  #onEarlier(job: HostedJob, change: CallChange): void {
    if ('fact' in change) this.#keeper.changed(job, change);
    else if ('inputs' in change && !change.inputs.all)
      job.host?.send({ type: 'heard-before', id: job.assigned.id, inputs: change.inputs });
  }

  #onLost(calls: readonly string[], how: string): void {
    for (const id of calls) {
      const job = this.#jobs.get(id);
      if (!job) continue;
      if (job.stopping !== undefined) this.#ended(job, job.stopping, false);
      else if (job.mayMove()) void this.#move(job, { planned: false });
      else {
        this.#options.log.error(
          { code: 'hosts_lost', room: job.assigned.room, how },
          'the call has lost too many room hosts and is given up',
        );
        this.#ended(job, `its process has ended too often (${how})`, true);
      }
    }
  }

  /** Not before another host is there: a moment that is quiet now may be over when one has started. */
  async #emptyAtQuietMoments(host: RoomHost): Promise<void> {
    await this.#pool.free();
    for (const id of host.calls) host.send({ type: 'await-quiet', id, withinMs: QUIET_WITHIN_MS });
  }

  #stop(job: HostedJob, reason: string): void {
    if (job.stopping !== undefined || this.#jobs.get(job.assigned.id) !== job) return;
    job.stopping = reason;
    job.host?.send({ type: 'stop', id: job.assigned.id, reason });
    setTimeout(() => {
      if (this.#jobs.get(job.assigned.id) !== job) return;
      if (job.host) this.#pool.left(job.host, job.assigned.id);
      this.#ended(job, 'it did not end when it was asked to', true);
    }, STOP_AT_MOST_MS).unref();
  }

  #ended(job: HostedJob, reason: string, failed: boolean): void {
    const { id } = job.assigned;
    if (this.#jobs.get(id) !== job) return;
    this.#jobs.delete(id);
    this.#keeper.ended(job, reason, failed);
    this.#connection.jobEnded(id, failed, reason);
    this.#connection.report();
    this.#onChange();
  }
}
