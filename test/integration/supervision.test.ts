// The shared worker's room hosts: what happens to the calls in one that dies, hangs, misbehaves or is full of them.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { AgentDispatchClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { HostLimits } from '../../agent/worker/host-pool.js';
import { SharedWorker } from '../../agent/worker/shared-worker.js';
import { Person } from '../../cli/person.js';
import { underLoad } from '../../live-api/test/support/slowness.js';
import { builtFile } from '../support/built.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { STORY, startShortAnswers } from '../support/short-answers.js';
import { personToken } from '../support/tokens.js';
import { sine } from '../support/tone.js';

const FAULTS = new URL('../support/job-faults.mjs', import.meta.url);
/** The service refuses an idle session for so long after its socket has closed, and takes 0.4 s for a set-up. */
const SERVICE_NEEDS_MS = 1_400;
const HUNG_AFTER_MS = 2_500;
/** For what only has to come: how late it is says nothing about the worker. */
const ARRIVES_MS = 20_000;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let workers = 0;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** How many voice tracks each person has been subscribed to: one of each holder of the call, and of each connection. */
const voices = new WeakMap<Person, number>();

function voicesOf(person: Person): number {
  return voices.get(person) ?? 0;
}

interface LogLine {
  readonly msg: string;
  readonly fields: Record<string, unknown>;
}

/** The worker itself in this process, its room hosts as they are deployed. */
async function startHosts(
  hostLimits: Partial<HostLimits> = {},
  { hostScript, service = liveApi }: { readonly hostScript?: string; readonly service?: LiveApiServer } = {},
) {
  const agentName = `hosted-${++workers}`;
  const logs: LogLine[] = [];
  const record = (fields: object, msg: string): void => void logs.push({ msg, fields: { ...fields } });
  const log = { debug: record, info: record, warn: record, error: record, child: () => log };
  const { url, apiKey, apiSecret } = livekit;
  const worker = new SharedWorker({
    livekit: { url, apiKey, apiSecret },
    agentName,
    maxRooms: 12,
    drainMs: 0,
    version: 'test',
    hostScript: hostScript ?? (await builtFile('agent/worker/host-process.ts')),
    hostLimits: { hosts: 1, ...hostLimits },
    hostEnv: {
      LIVEKIT_URL: url,
      LIVEKIT_API_KEY: apiKey,
      LIVEKIT_API_SECRET: apiSecret,
      GOOGLE_API_KEY: 'test-key',
      GOOGLE_GEMINI_BASE_URL: service.url,
      AGENT_NAME: agentName,
      LOG_LEVEL: 'silent',
      // As the worker's own is: rtc-node would print its debug lines.
      NODE_ENV: 'production',
      NODE_OPTIONS: `--import=${FAULTS.href}`,
      PATH: process.env.PATH,
    },
    hostFolder: fileURLToPath(new URL('.', import.meta.url)),
    log,
  });
  // Registered before its first host is ready: the first call of each test waits for that host.
  const started = worker.start();
  await vi.waitFor(() => expect(worker.status.registered).toBe(true), { timeout: 20_000 });
  const dispatches = new AgentDispatchClient(livekit.httpUrl, apiKey, apiSecret);
  const people: Person[] = [];
  const call = async (room: string, profile: object = {}, microphone = false): Promise<Person> => {
    const person = new Person({ microphone });
    people.push(person);
    person.on(({ type }) => {
      if (type === 'voice-started') voices.set(person, voicesOf(person) + 1);
    });
    await person.connect(url, await personToken({ identity: 'ana', room }));
    await dispatches.createDispatch(room, agentName, { metadata: JSON.stringify(profile) });
    // Until its voice is heard a holder can be gone without a trace: the next one's voice would be the first. One that
    // greets may be speaking before it is seen to listen.
    const isReady = () => ['listening', 'thinking', 'speaking'].includes(person.state() ?? '');
    await person.waitFor(() => isReady() && voicesOf(person) >= 1, ARRIVES_MS);
    return person;
  };
  return {
    worker,
    logs,
    agentName,
    started,
    call,
    async [Symbol.asyncDispose]() {
      await Promise.all(people.map((person) => person.close()));
      worker.close();
    },
  };
}

type Hosts = Awaited<ReturnType<typeof startHosts>>;

function rooms(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${workers}-${index}`);
}

function hostOf({ worker }: Hosts, room: string): number {
  const pid = worker.hostIn(room);
  if (pid === undefined) throw new Error(`no host has a call in ${room}`);
  return pid;
}

/** The events that the person got from the holder of this epoch. */
function events(person: Person, epoch: number) {
  return person.events().filter((event) => event.epoch === epoch);
}

async function resumed(person: Person, epoch = 2): Promise<void> {
  const isOpen = () =>
    events(person, epoch).some(({ type, state }) => type === 'session' && state === 'open');
  await person.waitFor(() => isOpen() && voicesOf(person) >= epoch, ARRIVES_MS);
}

function isTakenOver(person: Person): boolean {
  return events(person, 2).length > 0;
}

/** Both are back at the server: its voice is heard anew, and a message that is sent to the agent reaches it. */
async function reconnected(person: Person): Promise<void> {
  await person.waitFor(() => voicesOf(person) >= 2, ARRIVES_MS);
  await vi.waitFor(() => person.rpc('get_state'), { timeout: ARRIVES_MS });
}

async function answers(person: Person): Promise<void> {
  const before = person.heard().soundMs();
  await person.sendChat('Are you there?');
  await person.waitFor(() => person.heard().soundMs() > before + 50, ARRIVES_MS);
  await person.waitFor(() => person.state() === 'listening', ARRIVES_MS);
}

function finals(person: Person): number {
  return person.captions().filter(({ final }) => final).length;
}

function expectWholeStory(person: Person): void {
  const told = person.events();
  // One sequence over both holders, without a gap, and turns that count on.
  const numbers = told.map(({ epoch, seq }) => Number(epoch) * 1_000 + Number(seq)).sort((a, b) => a - b);
  expect(new Set(numbers).size).toBe(numbers.length);
  const turns = told.flatMap((event) =>
    event.type === 'turn' && event.phase === 'started' ? [event.turn] : [],
  );
  expect(turns).toEqual([...new Set(turns)]);
  const restored = told.flatMap((event) =>
    event.type === 'session' && event.restored ? [event.restored] : [],
  );
  expect(restored).toContain('resumed');
  expect(person.participants()).toHaveLength(1);
}

describe('a room host', () => {
  test.each(['before it asks for anything', 'while it loads'])(
    'whose worker is gone %s ends',
    async (moment) => {
      const { url, apiKey, apiSecret } = livekit;
      const env = { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret };
      const host = fork(await builtFile('agent/worker/host-process.ts'), [], {
        env: { ...env, GOOGLE_API_KEY: 'test-key', GOOGLE_GEMINI_BASE_URL: liveApi.url, LOG_LEVEL: 'silent' },
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      try {
        const ended = once(host, 'exit', { signal: AbortSignal.timeout(ARRIVES_MS) });
        if (moment === 'while it loads') host.send({ type: 'begin' }, () => host.disconnect());
        else host.disconnect();
        expect(await ended).toEqual([0, null]);
      } finally {
        host.kill('SIGKILL');
      }
    },
  );

  test('that is still starting is waited for by the calls that come meanwhile', async () => {
    await using hosts = await startHosts();
    expect(hosts.worker.status).toMatchObject({ registered: true, full: false, starting: true });
    const [room = ''] = rooms('starting', 1);
    await answers(await hosts.call(room));
    expect(hosts.worker.status.starting).toBe(false);
  });

  test('that is killed with ten rooms in it loses none of them', async () => {
    await using hosts = await startHosts();
    await hosts.started;
    const names = rooms('killed', 10);
    const people = await Promise.all(names.map((room) => hosts.call(room, { greeting: 'Say hello.' })));
    await Promise.all(people.map((person) => person.waitFor(() => finals(person) === 1, ARRIVES_MS)));
    const [pid] = new Set(names.map((room) => hostOf(hosts, room)));
    const killedMs = performance.now();
    process.kill(pid ?? 0, 'SIGKILL');
    const { result: awayMs, slowness } = await underLoad(() =>
      Promise.all(
        people.map(async (person) => {
          await resumed(person);
          return performance.now() - killedMs;
        }),
      ),
    );
    await Promise.all(people.map(answers));
    for (const person of people) {
      // The greeting, and one answer: nothing was begun anew.
      await person.waitFor(() => finals(person) === 2, ARRIVES_MS);
      expectWholeStory(person);
    }
    expect(hosts.worker.status.rooms).toBe(10);
    const sorted = awayMs.map(Math.round).sort((a, b) => a - b);
    console.log(`ten rooms were away for ${sorted.join(', ')} ms`);
    expect(sorted.at(-1)).toBeLessThan(2_000 * slowness + SERVICE_NEEDS_MS);
  }, 120_000);

  test('that dies between a question and its answer is no reason to ask again', async () => {
    await using hosts = await startHosts();
    const [room = ''] = rooms('asked', 1);
    const person = await hosts.call(room, {}, true);
    await person.speak(sine(440, 900, 48_000), 48_000);
    process.kill(hostOf(hosts, room), 'SIGKILL');
    await resumed(person);
    await person.waitFor(() => finals(person) === 1, ARRIVES_MS);
    expectWholeStory(person);
  });

  test('that dies takes no call with it, whatever each of them is doing', async () => {
    await using service = await startShortAnswers({
      scenario: {
        rules: [
          { when: { text: 'story' }, do: [{ say: STORY }] },
          { when: { text: 'note' }, do: [{ calls: [{ name: 'note', id: 'n1' }] }] },
          { when: { toolResponse: 'note' }, do: [{ say: 'It is noted.' }] },
          { when: { text: '.' }, do: [{ say: 'Well.' }] },
        ],
      },
    });
    await using hosts = await startHosts({}, { service });
    const [greeting = '', noting = '', beginning = ''] = rooms('busy', 3);
    let notes = 0;
    const writer = await hosts.call(noting, { tools: [{ declaration: { name: 'note' } }] });
    const isNoting = new Promise<void>((resolve) => {
      writer.registerRpc('note', async () => {
        notes += 1;
        resolve();
        await new Promise(() => {});
        return '{}';
      });
    });
    await writer.sendChat('Make a note.');
    await isNoting;
    const greeted = await hosts.call(greeting, { greeting: 'Tell me a story.' });
    await greeted.waitFor(() => greeted.state() === 'speaking', ARRIVES_MS);
    const pid = hostOf(hosts, noting);
    const first = hosts.call(beginning);
    await vi.waitFor(() => expect(hosts.worker.hostIn(beginning)).toBeDefined(), { timeout: ARRIVES_MS });
    process.kill(pid, 'SIGKILL');
    await Promise.all([resumed(greeted), resumed(writer)]);
    const beginner = await first;
    for (const person of [greeted, writer, beginner]) await answers(person);
    expect(notes).toBe(1);
    for (const person of [greeted, writer]) expectWholeStory(person);
    const told = JSON.parse(await greeted.rpc('get_transcript')) as { turns: { agent: string }[] };
    // Of the greeting what was heard of it, and it was not begun again.
    expect(told.turns.filter(({ agent }) => STORY.startsWith(agent.slice(0, 10)))).toHaveLength(1);
  });

  test('that hangs is ended by the watchdog, and its calls go on', async () => {
    await using hosts = await startHosts();
    const [room = ''] = rooms('hung', 1);
    const person = await hosts.call(room);
    await answers(person);
    const pid = hostOf(hosts, room);
    const stoppedMs = performance.now();
    process.kill(pid, 'SIGSTOP');
    const { slowness } = await underLoad(() => resumed(person));
    expect(performance.now() - stoppedMs).toBeLessThan(HUNG_AFTER_MS + 2_000 * slowness + SERVICE_NEEDS_MS);
    await answers(person);
    expectWholeStory(person);
    expect(hosts.logs.map(({ msg }) => msg)).toContain('a room host hangs and is ended');
  });

  test('in which an error is caught by nothing is replaced, and its calls go on', async () => {
    await using hosts = await startHosts();
    const [rejected = '', thrown = ''] = rooms('planted', 2);
    const person = await hosts.call(rejected);
    await answers(person);
    // A rejection: at the next quiet moment. The agent keeps its place until its successor takes it.
    process.kill(hostOf(hosts, rejected), 'SIGUSR2');
    await resumed(person);
    await answers(person);
    expectWholeStory(person);
    const other = await hosts.call(thrown);
    process.kill(hostOf(hosts, thrown), 'SIGPWR');
    await resumed(other);
    await answers(other);
  });

  test('that has served its number of calls takes no more, and none of them notices', async () => {
    await using hosts = await startHosts({ callsPerHost: 2 });
    const [one = '', two = '', three = ''] = rooms('served', 3);
    const first = await hosts.call(one);
    const second = await hosts.call(two);
    const third = await hosts.call(three);
    expect(hostOf(hosts, one)).toBe(hostOf(hosts, two));
    expect(hostOf(hosts, three)).not.toBe(hostOf(hosts, one));
    for (const person of [first, second, third]) {
      await answers(person);
      expect(events(person, 2)).toEqual([]);
    }
    await first.rpc('hang_up');
    await second.rpc('hang_up');
    await vi.waitFor(() => expect(hosts.worker.status.hosts).toBe(1), { timeout: ARRIVES_MS });
    await answers(third);
  });

  test('that grows too large is emptied at quiet moments', async () => {
    await using hosts = await startHosts({ memoryBytes: 1 });
    await vi.waitFor(
      () =>
        expect(hosts.logs.map(({ msg }) => msg)).toContain('a room host has grown too large and is ended'),
      { timeout: ARRIVES_MS },
    );
  });
});

/** A tool that holds its thread, as a computation does that never awaits, and takes no processor time meanwhile. */
const BLOCKING_TOOL = `import { defineTool, z } from '../../src/index.js';
export const tool = defineTool({
  name: 'hold',
  description: 'Holds the thread.',
  parameters: z.object({}),
  run: () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000);
    return 'held';
  },
});
`;

/** The built worker in a folder of its own, with one tool more. */
async function withBlockingTool() {
  const script = await builtFile('agent/worker/host-process.ts');
  const dist = dirname(dirname(dirname(script)));
  const copy = join(dirname(dist), '.cache', `with-tool-${process.pid}`);
  await cp(dist, copy, { recursive: true });
  await writeFile(join(copy, 'agent/tools/hold.js'), BLOCKING_TOOL);
  return {
    hostScript: join(copy, 'agent/worker/host-process.js'),
    [Symbol.asyncDispose]: () => rm(copy, { recursive: true, force: true }),
  };
}

test('a module tool that blocks its thread stops neither the voice of its call nor the other calls of its host', async () => {
  await using built = await withBlockingTool();
  await using service = await startShortAnswers({
    scenario: {
      rules: [
        { when: { text: 'hold' }, do: [{ call: { name: 'hold', args: {} } }, { say: STORY }] },
        { when: { toolResponse: 'hold' }, do: [] },
        { when: { text: '.' }, do: [{ say: 'Well.' }] },
      ],
    },
  });
  await using hosts = await startHosts({}, { hostScript: built.hostScript, service });
  const [held = '', free = ''] = rooms('held', 2);
  const tools = [
    { declaration: { name: 'hold', behavior: 'NON_BLOCKING' }, run: { by: 'module', name: 'hold' } },
  ];
  const person = await hosts.call(held, { tools });
  const other = await hosts.call(free);
  expect(hostOf(hosts, free)).toBe(hostOf(hosts, held));
  const called = () => person.events().find(({ type }) => type === 'tool.call');
  const result = () => person.events().find(({ type }) => type === 'tool.result');
  await person.sendChat('Please hold.');
  await person.waitFor(() => called() !== undefined, ARRIVES_MS);
  const heldAtMs = Date.now();
  await Promise.all([
    person.waitFor(() => person.heard().soundMsSince(heldAtMs) > 1_500, ARRIVES_MS),
    answers(other),
  ]);
  expect(result()).toBeUndefined();
  await person.waitFor(() => result() !== undefined, ARRIVES_MS);
  expect(result()).toMatchObject({ ok: true });
});

test('a host with a call that does not end is replaced, and its other calls go on in the next one', async () => {
  await using hosts = await startHosts();
  const [never = '', other = ''] = rooms('never-ends', 2);
  const person = await hosts.call(other);
  await answers(person);
  const pid = hostOf(hosts, other);
  // Its first question to the server gets no answer (job-faults.mjs), so that it neither joins nor ends.
  const waiting = new Person({ microphone: false });
  await waiting.connect(livekit.url, await personToken({ identity: 'bea', room: never }));
  const dispatches = new AgentDispatchClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret);
  const { id } = await dispatches.createDispatch(never, hosts.agentName, { metadata: '{}' });
  await vi.waitFor(() => expect(hosts.worker.hostIn(never)).toBe(pid), { timeout: ARRIVES_MS });
  await dispatches.deleteDispatch(id, never);
  await person.waitFor(() => isTakenOver(person), 40_000);
  await waiting.close();
  await resumed(person);
  await answers(person);
  expectWholeStory(person);
  expect(hostOf(hosts, other)).not.toBe(pid);
  expect(hosts.worker.status.rooms).toBe(1);
}, 90_000);

test('a server that is gone and comes back finds the worker again, and its call has gone on', async () => {
  await using hosts = await startHosts();
  const [room = '', next = ''] = rooms('server', 2);
  const person = await hosts.call(room);
  await livekit.restart();
  await vi.waitFor(() => expect(hosts.worker.status.registered).toBe(true), { timeout: ARRIVES_MS });
  await reconnected(person);
  await answers(person);
  const other = await hosts.call(next);
  await answers(other);
});

test('the server learns that a job has ended well', async () => {
  await using hosts = await startHosts();
  const [room = ''] = rooms('ended', 1);
  const person = await hosts.call(room);
  // The room ends with the call where the person was alone with the agent.
  await person.rpc('hang_up');
  await vi.waitFor(() => expect(livekit.logs()).toMatch(/job ended.*JS_SUCCESS/), { timeout: ARRIVES_MS });
});
