// The worker as it is deployed: its processes, its slots, the end of one job, and its own.
import { connect } from 'node:net';
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { runCommand } from '../support/command.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { personToken } from '../support/tokens.js';
import {
  cleanEnvironment,
  HOST_PROCESS,
  JOB_PROCESS,
  startWorker,
  type TestWorker,
} from '../support/worker.js';

const ISOLATIONS = ['process', 'shared'] as const;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let rooms = 0;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startLiveApi()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

async function joinRoom(): Promise<{ readonly room: string; readonly person: Person }> {
  const room = `worker-${++rooms}`;
  const person = new Person({ microphone: false });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  return { room, person };
}

function isReachable(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}

function sessionStates(person: Person): unknown[] {
  return person
    .events()
    .filter(({ type }) => type === 'session')
    .map((event) => (event as { state?: unknown }).state);
}

describe('a start that cannot work is refused with one line', () => {
  const start = async (env: Record<string, string>) => {
    const none = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
    const run = await runCommand('agent/main.ts', ['start'], {
      cwd: import.meta.dirname,
      env: { ...none, ...cleanEnvironment(), ...env },
    });
    return { ...run, lines: run.stderr.trim().split('\n') };
  };

  test('without a key and without another Live API', async () => {
    const { code, lines, stdout } = await start({});
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/cannot start: .*GOOGLE_API_KEY.*must be set.*GOOGLE_GEMINI_BASE_URL/);
  });

  test('when its port is taken', async () => {
    const port = Number(new URL(livekit.httpUrl).port);
    const { code, lines } = await start({ GOOGLE_API_KEY: 'some-key', AGENT_PORT: String(port) });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`cannot start: .*AGENT_PORT ${port} is taken`));
    expect(lines[0]).not.toContain('some-key');
  });
});

describe.each(ISOLATIONS)('one worker, AGENT_ISOLATION=%s', (isolation) => {
  const env = { AGENT_ISOLATION: isolation };
  let worker: TestWorker;

  beforeAll(async () => {
    worker = await startWorker({ livekit, liveApi, faults: true, env });
  });

  afterAll(async () => {
    await worker?.[Symbol.asyncDispose]();
  });

  test('is one process and those for its calls: no turn detector', async () => {
    const commands = (await worker.processes()).map(({ command }) => command);
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands)
      expect(command).toContain(isolation === 'shared' ? HOST_PROCESS : JOB_PROCESS);
  });

  test('reports its health on the loopback alone, on any free port for AGENT_PORT=0', async () => {
    expect(await (await fetch(worker.healthUrl)).text()).toBe('OK');
    await vi.waitFor(async () => expect((await fetch(`${worker.healthUrl}/ready`)).status).toBe(200), {
      timeout: 10_000,
    });
    const status = (await (await fetch(`${worker.healthUrl}/worker`)).json()) as Record<string, unknown>;
    expect(status).toMatchObject({ agent_name: worker.agentName, active_jobs: 0, draining: false });
    expect((await fetch(`${worker.healthUrl}/no-such-path`)).status).toBe(404);
    const port = Number(new URL(worker.healthUrl).port);
    expect(await isReachable('127.0.0.1', port)).toBe(true);
    expect(await isReachable('127.0.0.2', port)).toBe(false);
  });

  test('a process with a call in it that is killed takes neither the worker nor the next call with it', async () => {
    const { room, person } = await joinRoom();
    await worker.dispatch(room);
    await person.waitFor(() => person.state() === 'listening', 20_000);
    process.kill(await worker.jobIn(room), 'SIGKILL');
    const next = await joinRoom();
    await worker.dispatch(next.room);
    await next.person.waitFor((each) => each.state() === 'listening', 20_000);
    expect((await fetch(worker.healthUrl)).status).toBe(200);
    await person.close();
    await next.person.close();
    const debug = worker.logs.filter(({ level }) => Number(level) < 30);
    expect([debug, worker.text]).toEqual([[], '']);
  });

  test('a process that grows beyond its limit reports it in its rooms, and ends alone', async () => {
    const { room, person } = await joinRoom();
    const other = await joinRoom();
    await worker.dispatch(room);
    await person.waitFor(() => person.state() === 'listening', 20_000);
    if (isolation === 'process') {
      await worker.dispatch(other.room);
      await other.person.waitFor((each) => each.state() === 'listening', 20_000);
    }
    const pid = await worker.jobIn(room);
    process.kill(pid, 'SIGXFSZ');
    const error = await person.waitFor(
      (each) => each.events().find((event) => event.type === 'error' && event.code === 'memory'),
      20_000,
    );
    expect(error).toMatchObject({
      message: expect.stringMatching(/uses \d+ MB, more than 1050 MB/),
      // In a shared worker, another host takes the call over.
      fatal: isolation === 'process',
    });
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 20_000 });
    if (isolation === 'process') {
      await other.person.rpc('get_state');
      expect(other.person.events().filter(({ type }) => type === 'error')).toEqual([]);
    } else {
      await person.waitFor((each) => each.events().some(({ epoch }) => Number(epoch) > 1), 20_000);
      await person.rpc('get_state');
    }
    expect((await fetch(worker.healthUrl)).status).toBe(200);
    await person.close();
    await other.person.close();
  });

  test('a full worker takes no more, and the next room once one is free', async () => {
    await using small = await startWorker({ livekit, liveApi, env: { ...env, AGENT_MAX_ROOMS: '1' } });
    const ready = async () => (await fetch(`${small.healthUrl}/ready`)).status;
    const first = await joinRoom();
    await small.dispatch(first.room);
    await first.person.waitFor((person) => person.state() === 'listening', 20_000);
    await vi.waitFor(async () => expect(await ready()).toBe(503), { timeout: 10_000 });
    const second = await joinRoom();
    await small.dispatch(second.room);
    // The server has asked nobody, or was refused: it says so, and never asks again.
    const refused = new RegExp(
      `(not dispatching agent job|no worker|failed to send job request).*${second.room}`,
    );
    await vi.waitFor(() => expect(livekit.logs()).toMatch(refused), { timeout: 10_000 });
    expect(second.person.agent()).toBeUndefined();
    await first.person.rpc('hang_up');
    await vi.waitFor(async () => expect(await ready()).toBe(200), { timeout: 10_000 });
    await vi.waitFor(
      async () => {
        await small.dispatch(second.room);
        await second.person.waitFor((person) => person.state() === 'listening', 4_000);
      },
      { timeout: 20_000 },
    );
    await first.person.close();
    await second.person.close();
  });
});

describe('a job process', () => {
  let worker: TestWorker;

  beforeAll(async () => {
    worker = await startWorker({ livekit, liveApi, faults: true, env: { AGENT_ISOLATION: 'process' } });
  });

  afterAll(async () => {
    await worker?.[Symbol.asyncDispose]();
  });

  const faults = [
    { name: 'a rejection that nobody handles', signal: 'SIGUSR2', message: 'a planted rejection' },
    { name: 'an exception that nobody catches', signal: 'SIGPWR', message: 'a planted exception' },
  ] as const;

  test.each(faults)('$name ends its call with a goodbye, and no other', async ({ signal, message }) => {
    const one = await joinRoom();
    const other = await joinRoom();
    await worker.dispatch(one.room);
    await worker.dispatch(other.room);
    await one.person.waitFor((person) => person.state() === 'listening', 20_000);
    await other.person.waitFor((person) => person.state() === 'listening', 20_000);
    process.kill(await worker.jobIn(one.room), signal);
    await one.person.waitFor((person) => person.agent() === undefined, 15_000);
    expect(sessionStates(one.person)).toEqual(['connecting', 'open', 'closed']);
    expect(other.person.state()).toBe('listening');
    const told = worker.logs.find(
      ({ err }) => (err as { message?: string } | undefined)?.message === message,
    );
    expect(told).toMatchObject({ level: 50, msg: 'an error that nothing caught ends the call' });
    await other.person.sendChat('Are you there?');
    await other.person.waitFor((person) => person.heard().soundMs() > 300, 10_000);
    await one.person.close();
    await other.person.close();
  });
});

test.each(ISOLATIONS)(
  'SIGTERM lets a call go on for AGENT_DRAIN_MS, then says goodbye; new calls go elsewhere (%s)',
  async (isolation) => {
    // Long enough for another worker to take a call meanwhile, on a busy machine too.
    const drainMs = 12_000;
    const agentName = `drained-${isolation}`;
    await using old = await startWorker({
      livekit,
      liveApi,
      agentName,
      env: { AGENT_DRAIN_MS: String(drainMs), AGENT_ISOLATION: isolation },
    });
    const { room, person } = await joinRoom();
    await old.dispatch(room);
    await person.waitFor(() => person.state() === 'listening', 20_000);
    await using young = await startWorker({
      livekit,
      liveApi,
      agentName,
      env: { AGENT_ISOLATION: isolation },
    });
    const toldMs = Date.now();
    old.kill('SIGTERM');
    const next = await joinRoom();
    await young.dispatch(next.room);
    await next.person.waitFor((each) => each.state() === 'listening', 20_000);
    expect(await young.jobIn(next.room)).toBeGreaterThan(0);

    await person.sendChat('Are you still there?');
    await person.waitFor(() => person.heard().soundMs() > 300, drainMs);
    expect(sessionStates(person)).toEqual(['connecting', 'open']);
    await person.waitFor(() => person.agent() === undefined, drainMs + 5_000);
    expect(Date.now() - toldMs).toBeGreaterThan(drainMs - 500);
    expect(sessionStates(person)).toEqual(['connecting', 'open', 'closed']);
    expect(await old.ended).toBe(143);
    // An end in good order is no error.
    expect(old.logs.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    await person.close();
    await next.person.close();
  },
  60_000,
);

test.each(ISOLATIONS)(
  'SIGTERM ends a worker within its deadlines, though a call hangs in native code (%s)',
  async (isolation) => {
    await using stuck = await startWorker({
      livekit,
      liveApi,
      agentName: `stuck-${isolation}`,
      faults: true,
      env: { AGENT_DRAIN_MS: '0', AGENT_ISOLATION: isolation },
    });
    const { room, person } = await joinRoom();
    await stuck.dispatch(room);
    await person.waitFor(() => person.state() === 'listening', 20_000);
    const pid = await stuck.jobIn(room);
    process.kill(pid, 'SIGXCPU');
    stuck.kill('SIGTERM');
    await stuck.ended;
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await person.close();
  },
  60_000,
);
