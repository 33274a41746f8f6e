// A whole call in this process: a person in a real room, the bridge as its job, and a local Live API.
import { randomUUID } from 'node:crypto';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { serveRoom } from '../../agent/job.js';
import { Person } from '../../cli/person.js';
import { runCall } from '../../src/call/call.js';
import type { Job } from '../../src/call/job.js';
import type { RoomService } from '../../src/call/room-end.js';
import { Accesses } from '../../src/gemini/accesses.js';
import type { ModelAccess } from '../../src/gemini/client.js';
import type { ToolDeployment } from '../../src/tools/deployment.js';
import type { Logger } from '../../src/util/log.js';
import type { LiveKitServer } from './livekit-server.js';
import { agentToken, personToken } from './tokens.js';

export interface TestCallOptions {
  readonly livekit: LiveKitServer;
  /** Where the bridge finds its Live API. */
  readonly liveApi: LiveApiServer | { readonly url: string };
  /** The dispatch's metadata; an object is sent as JSON. */
  readonly profile?: Readonly<Record<string, unknown>> | string;
  readonly access?: Partial<ModelAccess> | Accesses;
  /** What the worker runs tools with. */
  readonly tools?: ToolDeployment;
  /** LiveKit's server API for the call's room. */
  readonly roomService?: (room: string) => RoomService;
  /** A call that has lost its connection to the room for no good goes on with another, as a worker's job does. */
  readonly goesOn?: boolean;
  /** The person joins before the agent does, unless told otherwise. */
  readonly person?: boolean;
  readonly identity?: string;
  /** Of the first person: a caller on the phone, and its attributes. */
  readonly kind?: 'sip';
  readonly attributes?: Record<string, string>;
  /** People publish a microphone when they join; true where omitted. */
  readonly microphone?: boolean;
  /** Keys of an end-to-end encrypted room: of the people, and of the agent. */
  readonly personKey?: string;
  readonly e2eeKey?: string;
  /** What happens in the room between the person's joining and the agent's. */
  readonly beforeAgent?: (person: Person) => Promise<void>;
}

export interface TestCall extends AsyncDisposable {
  readonly room: string;
  readonly person: Person;
  /** What the bridge has logged, as JSON lines. */
  readonly logs: readonly LogLine[];
  /** How the job ended; undefined while it runs. */
  readonly ended: JobEnd | undefined;
  /** Resolves when the job has ended. */
  readonly end: Promise<JobEnd>;
  /** Ends the call as a worker that stops does. */
  stop(): void;
  /** Another person for the same room. */
  join(identity: string): Promise<Person>;
  close(): Promise<void>;
}

export interface JobEnd {
  readonly reason: string;
  readonly failed: boolean;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: object;
}

export async function startCall(options: TestCallOptions): Promise<TestCall> {
  const { livekit } = options;
  const room = `test-${randomUUID().slice(0, 8)}`;
  const people: Person[] = [];
  const join = async (identity: string): Promise<Person> => {
    const person = new Person({
      microphone: options.microphone ?? true,
      ...(options.personKey === undefined ? {} : { e2eeKey: options.personKey }),
    });
    people.push(person);
    const { kind, attributes } = people.length === 1 ? options : {};
    const about = { ...(kind ? { kind } : {}), ...(attributes ? { attributes } : {}) };
    await person.connect(livekit.url, await personToken({ identity, room, ...about }));
    return person;
  };
  const person = options.person === false ? new Person() : await join(options.identity ?? 'ana');
  await options.beforeAgent?.(person);
  const logs: LogLine[] = [];
  const stop = new AbortController();
  let ended: JobEnd | undefined;
  let onEnd: (end: JobEnd) => void = () => {};
  const end = new Promise<JobEnd>((resolve) => {
    onEnd = resolve;
  });
  const profile = options.profile ?? {};
  const job: Job = {
    room,
    url: livekit.url,
    token: await agentToken({ identity: 'agent-gemini', room }),
    metadata: typeof profile === 'string' ? profile : JSON.stringify(profile),
    signal: stop.signal,
    end: (reason, failed = false) => {
      ended = { reason, failed };
      onEnd(ended);
    },
  };
  const access =
    options.access instanceof Accesses
      ? options.access
      : { apiKey: 'test-key', baseUrl: options.liveApi.url, ...options.access };
  const callOptions = {
    access,
    ...(options.tools ? { tools: options.tools } : {}),
    ...(options.roomService ? { roomService: options.roomService(room) } : {}),
    ...(options.e2eeKey === undefined ? {} : { e2eeKey: options.e2eeKey }),
  };
  const log = recordingLogger(logs);
  const { url, apiKey, apiSecret } = livekit;
  const query = { url, apiKey, apiSecret, room, agentName: 'gemini' };
  const running = options.goesOn
    ? serveRoom({ job, dispatchId: 'AD_none', query, call: callOptions, log })
    : runCall(job, { ...callOptions, log });
  const close = async (): Promise<void> => {
    stop.abort(new Error('the test is over'));
    await running;
    await Promise.all(people.map((each) => each.close()));
  };
  return {
    room,
    person,
    logs,
    get ended() {
      return ended;
    },
    end,
    stop: () => stop.abort(new Error('the worker ends the call')),
    join,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function recordingLogger(lines: LogLine[]): Logger {
  const at =
    (level: LogLine['level']) =>
    (fields: object, message: string): void => {
      lines.push({ level, message, fields });
    };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}
