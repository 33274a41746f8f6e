// The room hosts of a worker: how many there are, which one takes a call, and which one has to go.

import { AgentError, type Logger, thisMachine } from '../../src/index.js';
import type { KnownDeployment } from '../deployment-files.js';
import type { WorkerObserver } from '../observe/worker-observer.js';
import { HUNG_AFTER_MS } from './held-up.js';
import { type AccessMessage, BEAT_EVERY_MS, type CallMessage, type FromHost } from './host-messages.js';
import {
  inMegabytes,
  MEMORY_LIMIT_BYTES,
  MEMORY_WARN_BYTES,
  REPORTED_WITHIN_MS,
  tooLarge,
} from './memory-limit.js';
import { type HostFork, RoomHost } from './room-host.js';

export interface HostPoolOptions {
  readonly fork: HostFork;
  readonly limits?: Partial<HostLimits>;
  readonly onMessage: (host: RoomHost, message: CallMessage) => void;
  /** The process is gone, and these calls with it. */
  readonly onLost: (calls: readonly string[], how: string) => void;
  /** The host takes no more calls: the ones in it are to be moved to another at their next quiet moment. */
  readonly onRetiring: (host: RoomHost) => void;
  readonly observer?: Pick<WorkerObserver, 'lagged'> | undefined;
  readonly log: Logger;
}

export interface HostLimits {
  readonly roomsPerHost: number;
  /** rtc-node leaves about 0.5 MB of native memory behind with each connection. */
  readonly callsPerHost: number;
  /** A host whose event loop has not turned for so long is killed. */
  readonly hungAfterMs: number;
  /** Above it a host is replaced at quiet moments of its calls; above one and a half times as much it is killed. */
  readonly memoryBytes: number;
  readonly hosts: number;
}

const READY_WITHIN_MS = 30_000;
const WATCH_EVERY_MS = BEAT_EVERY_MS;
const KILLED_ABOVE = MEMORY_LIMIT_BYTES / MEMORY_WARN_BYTES;

const { cores } = thisMachine();

const DEFAULT_LIMITS: HostLimits = {
  roomsPerHost: 12,
  callsPerHost: 300,
  hungAfterMs: HUNG_AFTER_MS,
  memoryBytes: MEMORY_WARN_BYTES,
  hosts: Math.max(1, Math.round(cores)),
};

export class HostPool {
  readonly #options: HostPoolOptions;
  readonly #limits: HostLimits;
  readonly #hosts = new Set<RoomHost>();
  /** What is known of accesses to the Live API, for hosts that start later. */
  readonly #accesses = new Map<string, AccessMessage>();
  readonly #waiting: ((host: RoomHost) => void)[] = [];
  readonly #watch: NodeJS.Timeout;
  #watchedMs = performance.now();
  /** What the first host has read: files that are edited later change no host, and keep none from its start. */
  #known: KnownDeployment | undefined;
  #onNotStarted: (error: AgentError) => void = () => {};
  /** Hosts in a row that have ended before they were ready. */
  #failedStarts = 0;
  #closed = false;
  #hasStarted = false;
  #wasReady = false;

  constructor(options: HostPoolOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#watch = setInterval(() => this.#watchAll(), WATCH_EVERY_MS);
    this.#fill();
  }

  get size(): number {
    return this.#hosts.size;
  }

  /** Whether any host has been able to take a call since the start. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Share of the cores that the hosts use; of the container's, where it has a limit. */
  get cpu(): number {
    let used = 0;
    for (const host of this.#hosts) used += host.cpu;
    return used / cores;
  }

  /** Resolves when a host can take a call. @throws AgentError that says why none can be started */
  async ready(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#onNotStarted = reject;
      void this.free().then(resolve);
    });
  }

  /** Resolves when a host can take a call. */
  async free(): Promise<void> {
    if (this.#free()) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(() => resolve());
      this.#fill();
    });
  }

  /** The host that is to take this call: the one with the fewest; with all of them full, the next that is started. */
  async take(callId: string): Promise<RoomHost> {
    const free = this.#free();
    if (free) return this.#give(free, callId);
    return new Promise((resolve) => {
      this.#waiting.push((host) => resolve(this.#give(host, callId)));
      this.#fill();
    });
  }

  /** A call has left its host. */
  left(host: RoomHost, callId: string): void {
    host.calls.delete(callId);
    this.#settle(host);
  }

  /** The host takes no more calls, and ends when its last one has left. */
  retire(host: RoomHost, reason: string): void {
    if (host.retiring) return;
    host.retiring = true;
    const { name, pid, served } = host;
    this.#options.log.info({ host: name, hostPid: pid, served, reason }, 'a room host is being replaced');
    this.#fill();
    this.#settle(host);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    for (const host of this.#hosts) host.kill();
  }

  #give(host: RoomHost, callId: string): RoomHost {
    host.calls.add(callId);
    host.served += 1;
    if (host.served >= this.#limits.callsPerHost) this.retire(host, `it has served ${host.served} calls`);
    this.#fill();
    return host;
  }

  #free(): RoomHost | undefined {
    let best: RoomHost | undefined;
    for (const host of this.#hosts) {
      if (!host.ready || host.retiring || host.calls.size >= this.#limits.roomsPerHost) continue;
      if (!best || host.calls.size < best.calls.size) best = host;
    }
    return best;
  }

  /** One host while there is hardly a call, as many as cores with more, and more where those would be too full. */
  #fill(): void {
    if (this.#closed) return;
    const { hosts, roomsPerHost } = this.#limits;
    let active = 0;
    let calls = 0;
    for (const host of this.#hosts) {
      calls += host.calls.size;
      if (!host.retiring) active += 1;
    }
    calls += this.#waiting.length;
    const wanted = calls < 2 ? 1 : Math.max(hosts, Math.ceil((calls + 1) / roomsPerHost));
    for (; active < wanted; active += 1) this.#start();
  }

  #start(): void {
    const known = this.#known;
    const { started, ...fork } = this.#options.fork;
    const first = this.#hasStarted ? undefined : started;
    this.#hasStarted = true;
    const host = new RoomHost(
      { ...fork, ...(first ? { started: first } : {}), ...(known ? { known } : {}) },
      {
        onReady: () => {
          this.#failedStarts = 0;
          this.#wasReady = true;
          for (const message of this.#accesses.values()) host.send(message);
          this.#onReady();
        },
        onMessage: (from, message) => this.#onMessage(from, message),
        onExit: (from, how) => this.#onExit(from, how),
      },
    );
    this.#hosts.add(host);
  }

  #onReady(): void {
    while (this.#waiting.length > 0) {
      const free = this.#free();
      if (!free) return;
      this.#waiting.shift()?.(free);
    }
  }

  #onMessage(host: RoomHost, message: FromHost): void {
    switch (message.type) {
      case 'beat':
        host.rssBytes = message.rssBytes;
        host.cpu = message.cpuMs / BEAT_EVERY_MS;
        this.#options.observer?.lagged(message.lagMs);
        return;
      case 'access':
        this.#accesses.set(message.access, message);
        for (const other of this.#hosts) if (other !== host) other.send(message);
        return;
      case 'unhealthy':
        this.#replace(host, message.reason);
        return;
      case 'ready':
        this.#known ??= message.known;
        return;
      case 'not-started': {
        const { code, message: reason } = message;
        this.#options.log.error({ host: host.name, code, reason }, 'a room host cannot start');
        this.#onNotStarted(new AgentError(code, reason));
        return;
      }
      case 'change':
      case 'quiet':
      case 'ended':
        this.#options.onMessage(host, message);
        return;
    }
  }

  #onExit(host: RoomHost, how: string): void {
    this.#hosts.delete(host);
    const calls = [...host.calls];
    host.calls.clear();
    if (this.#closed) return;
    const isOrderly = host.retiring && calls.length === 0;
    if (!isOrderly) {
      const { name, pid } = host;
      this.#options.log.error(
        { code: 'host_ended', host: name, hostPid: pid, how, calls: calls.length },
        'a room host has ended',
      );
    }
    if (host.ready) this.#fill();
    else {
      // What keeps it from starting will most likely keep the next one from it, too.
      this.#failedStarts += 1;
      setTimeout(() => this.#fill(), Math.min(250 * 2 ** this.#failedStarts, 10_000)).unref();
    }
    if (calls.length > 0) this.#options.onLost(calls, how);
  }

  #settle(host: RoomHost): void {
    if (host.retiring && host.calls.size === 0) host.send({ type: 'exit' });
    else this.#onReady();
  }

  #replace(host: RoomHost, reason: string): void {
    if (host.retiring) return;
    this.retire(host, reason);
    this.#options.onRetiring(host);
  }

  #watchAll(): void {
    const now = performance.now();
    const lateMs = now - this.#watchedMs - WATCH_EVERY_MS;
    this.#watchedMs = now;
    const { hungAfterMs, memoryBytes } = this.#limits;
    for (const host of this.#hosts) {
      // This process itself was held up: what the hosts sent meanwhile has not been read yet.
      if (lateMs > WATCH_EVERY_MS) host.beatMs += lateMs;
      const silentMs = now - host.beatMs;
      if (silentMs > (host.ready ? hungAfterMs : READY_WITHIN_MS)) {
        this.#options.log.error(
          { code: 'host_hangs', host: host.name, hostPid: host.pid, silentMs },
          'a room host hangs and is ended',
        );
        host.kill();
      } else if (host.tooLargeSinceMs !== undefined) {
        if (now - host.tooLargeSinceMs >= REPORTED_WITHIN_MS) host.kill();
      } else if (host.rssBytes > memoryBytes * KILLED_ABOVE) {
        this.#options.log.error(
          { code: 'memory', host: host.name, rssBytes: host.rssBytes },
          'a room host has grown too large and is ended',
        );
        host.tooLargeSinceMs = now;
        this.#replace(host, 'it is too large');
        host.send({ type: 'too-large', message: `${tooLarge(host.rssBytes)}: another takes the call over` });
      } else if (host.rssBytes > memoryBytes) {
        this.#replace(host, `it uses ${inMegabytes(host.rssBytes)} MB`);
      }
    }
  }
}
