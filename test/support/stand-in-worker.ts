// A worker without a framework: registers with a LiveKit server, is given jobs, and says what became of them.
import { once } from 'node:events';
import { AccessToken } from 'livekit-server-sdk';
import { WebSocket } from 'ws';
import type { LiveKitServer } from './livekit-server.js';

export interface StandInJob {
  readonly id: string;
  readonly room: string;
  readonly metadata: string;
  readonly url: string;
  readonly token: string;
}

export interface StandInWorkerOptions {
  readonly agentName?: string;
  /** How many jobs it refuses before it takes one. */
  readonly refuses?: number;
  /** What to do with a job; what it returns is ended with the worker, or when the server ends the job. */
  readonly run: (job: StandInJob) => Promise<AsyncDisposable | undefined>;
}

export interface StandInWorker extends AsyncDisposable {
  readonly jobs: readonly StandInJob[];
  /** Jobs offered, also those refused. */
  readonly offers: number;
}

/** The server speaks JSON with a worker that does. */
interface ServerMessage {
  readonly register?: { readonly workerId: string };
  readonly availability?: { readonly job: WireJob };
  readonly assignment?: { readonly job: WireJob; readonly token: string; readonly url?: string };
  readonly termination?: { readonly jobId: string };
}

interface WireJob {
  readonly id: string;
  readonly room: { readonly name: string };
  readonly metadata?: string;
}

/** Registered when this resolves. */
export async function startStandInWorker(
  server: LiveKitServer,
  options: StandInWorkerOptions,
): Promise<StandInWorker> {
  const access = new AccessToken(server.apiKey, server.apiSecret, { ttl: 300 });
  access.addGrant({ agent: true });
  const socket = new WebSocket(`${server.url}/agent?protocol=1`, {
    headers: { authorization: `Bearer ${await access.toJwt()}` },
  });
  await once(socket, 'open');
  const worker = new Worker(server, options, socket);
  await worker.registered;
  return worker;
}

class Worker implements StandInWorker {
  readonly jobs: StandInJob[] = [];
  readonly registered: Promise<void>;
  offers = 0;
  readonly #server: LiveKitServer;
  readonly #options: StandInWorkerOptions;
  readonly #socket: WebSocket;
  readonly #running = new Map<string, Promise<AsyncDisposable | undefined>>();

  constructor(server: LiveKitServer, options: StandInWorkerOptions, socket: WebSocket) {
    this.#server = server;
    this.#options = options;
    this.#socket = socket;
    this.registered = new Promise((resolve) => {
      socket.on('message', (data) => {
        const message = JSON.parse(String(data)) as ServerMessage;
        if (message.register) resolve();
        this.#take(message);
      });
    });
    this.#send({
      register: {
        type: 'JT_ROOM',
        agentName: options.agentName ?? 'gemini',
        version: '1',
        allowedPermissions: {
          canPublish: true,
          canSubscribe: true,
          canPublishData: true,
          canUpdateMetadata: true,
          agent: true,
        },
      },
    });
    this.#send({ updateWorker: { status: 'WS_AVAILABLE', load: 0 } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
    await Promise.all([...this.#running.keys()].map((id) => this.#end(id)));
  }

  #take({ availability, assignment, termination }: ServerMessage): void {
    if (availability) {
      const available = ++this.offers > (this.#options.refuses ?? 0);
      const participantIdentity = `agent-${this.#options.agentName ?? 'gemini'}`;
      this.#send({ availability: { jobId: availability.job.id, available, participantIdentity } });
    }
    if (assignment) {
      const { job, token, url } = assignment;
      const taken = {
        id: job.id,
        room: job.room.name,
        metadata: job.metadata ?? '',
        url: url || this.#server.url,
        token,
      };
      this.jobs.push(taken);
      this.#running.set(job.id, this.#options.run(taken));
    }
    if (termination) void this.#end(termination.jobId);
  }

  async #end(jobId: string): Promise<void> {
    const running = this.#running.get(jobId);
    this.#running.delete(jobId);
    await (await running)?.[Symbol.asyncDispose]();
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }
}
