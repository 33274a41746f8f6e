// The worker's WebSocket to the LiveKit server: registers, passes on what the server asks, and connects again as long as it runs.

import { once } from 'node:events';
import {
  type AvailabilityResponse,
  type Job,
  type JobAssignment,
  JobStatus,
  JobType,
  ParticipantPermission,
  ServerMessage,
  WorkerMessage,
  WorkerStatus,
} from '@livekit/protocol';
import { WebSocket } from 'ws';
import { delay, type Logger } from '../../src/index.js';
import { registrationToken } from './registration-token.js';

export interface LiveKitAccess {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

export type JobAnswer = Pick<AvailabilityResponse, 'available'> &
  Partial<Pick<AvailabilityResponse, 'terminate' | 'participantIdentity' | 'participantName'>>;

export interface ConnectionListener {
  /** Must answer synchronously: the server offers the job to no other worker while it waits. */
  onRequest(job: Job): JobAnswer;
  onAssignment(assignment: JobAssignment): void;
  onTermination(jobId: string): void;
  onRegistered(workerId: string): void;
}

export interface LiveKitConnectionOptions {
  readonly livekit: LiveKitAccess;
  readonly agentName: string;
  readonly version: string;
  readonly listener: ConnectionListener;
  /** Share of the slots that are taken, 0 to 1. */
  readonly load: () => { readonly load: number; readonly full: boolean; readonly jobs: number };
  readonly log: Logger;
}

const PROTOCOL = 1;
const HANDSHAKE_MS = 5_000;
/** The server forgets nothing between two reports, but a report that was lost must not keep a free worker full. */
const REPORT_EVERY_MS = 1_000;
/** The server pings every ten seconds: a connection without two of them is dead, although TCP has not noticed. */
const SILENT_AT_MOST_MS = 25_000;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 5_000;

export class LiveKitConnection {
  readonly #options: LiveKitConnectionOptions;
  readonly #stop = new AbortController();
  #socket: WebSocket | undefined;
  #registered = false;
  #failures = 0;

  constructor(options: LiveKitConnectionOptions) {
    this.#options = options;
  }

  get isRegistered(): boolean {
    return this.#registered;
  }

  /** Connects, again after every loss, until it is closed. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#connect();
      } catch (error) {
        this.#failed(error);
      }
      this.#registered = false;
      if (signal.aborted) return;
      this.#failures += 1;
      const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (this.#failures - 1), LONGEST_BACKOFF_MS);
      // Random, because all workers reconnect at once to a server that restarts.
      await delay(backoffMs * (0.5 + Math.random() / 2), signal);
    }
  }

  /** Reports the worker's load to the server at once. */
  report(): void {
    const { load, full, jobs } = this.#options.load();
    const status = full ? WorkerStatus.WS_FULL : WorkerStatus.WS_AVAILABLE;
    this.#send({ case: 'updateWorker', value: { load, status, jobCount: jobs } });
  }

  /** Reports how a job ended; without it the server treats every end as a failure. */
  jobEnded(jobId: string, failed: boolean, error: string): void {
    const status = failed ? JobStatus.JS_FAILED : JobStatus.JS_SUCCESS;
    this.#send({ case: 'updateJob', value: { jobId, status, error: failed ? error : '' } });
  }

  close(): void {
    this.#stop.abort();
    this.#socket?.close();
  }

  async #connect(): Promise<void> {
    const { livekit, log } = this.#options;
    const url = new URL('agent', `${livekit.url.replace(/\/+$/, '')}/`);
    url.searchParams.set('protocol', String(PROTOCOL));
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${registrationToken(livekit)}` },
      handshakeTimeout: HANDSHAKE_MS,
    });
    this.#socket = socket;
    let failure: unknown;
    socket.on('error', (error) => {
      failure = error;
    });
    let heardMs = performance.now();
    socket.on('ping', () => {
      heardMs = performance.now();
    });
    socket.on('message', (data: Buffer) => {
      heardMs = performance.now();
      this.#receive(data);
    });
    socket.once('open', () => this.#register());
    const ticks = setInterval(() => {
      if (this.#registered) this.report();
      if (performance.now() - heardMs > SILENT_AT_MOST_MS) socket.terminate();
    }, REPORT_EVERY_MS);
    try {
      await once(socket, 'close').catch((error: unknown) => {
        failure = error;
        if (socket.readyState !== WebSocket.CLOSED) return once(socket, 'close');
        return undefined;
      });
    } finally {
      clearInterval(ticks);
    }
    if (failure !== undefined) throw failure;
    if (!this.#stop.signal.aborted)
      log.warn({}, 'the connection to the LiveKit server has ended; its calls go on');
  }

  #register(): void {
    const { agentName, version } = this.#options;
    const allowedPermissions = new ParticipantPermission({
      canPublish: true,
      canSubscribe: true,
      canPublishData: true,
      canUpdateMetadata: true,
      agent: true,
    });
    this.#send({
      case: 'register',
      value: { type: JobType.JT_ROOM, agentName, version, allowedPermissions },
    });
  }

  #receive(data: Buffer): void {
    const { listener, log } = this.#options;
    try {
      const { message } = ServerMessage.fromBinary(data);
      switch (message.case) {
        case 'register':
          this.#registered = true;
          this.#failures = 0;
          this.report();
          listener.onRegistered(message.value.workerId);
          return;
        case 'availability': {
          const { job } = message.value;
          if (!job) return;
          const answer = listener.onRequest(job);
          this.#send({ case: 'availability', value: { jobId: job.id, ...answer } });
          this.report();
          return;
        }
        case 'assignment':
          listener.onAssignment(message.value);
          return;
        case 'termination':
          listener.onTermination(message.value.jobId);
          return;
        default:
          return;
      }
    } catch (error) {
      log.error(
        { code: 'livekit_message', err: error },
        'a message of the LiveKit server could not be handled',
      );
    }
  }

  #send(message: NonNullable<ConstructorParameters<typeof WorkerMessage>[0]>['message']): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || message === undefined) return;
    this.#socket.send(new WorkerMessage({ message }).toBinary());
  }

  #failed(error: unknown): void {
    const { log, livekit } = this.#options;
    const about = error instanceof Error ? error.message : String(error);
    const { host } = new URL(livekit.url);
    if (/\b40[13]\b/.test(about)) {
      log.error(
        { code: 'livekit_key', host },
        'the LiveKit server refuses the key: set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to its own',
      );
    } else {
      log.warn({ host, reason: about }, 'the LiveKit server cannot be reached; trying again');
    }
  }
}
