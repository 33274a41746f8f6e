// One agent of a name in a room: who holds it, who takes it over from the dead, and who stays away.
import { once } from 'node:events';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { AgentDispatchClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Person } from '../../cli/person.js';
import { holderOf } from '../../src/dispatch/room-agents.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { startShortAnswers } from '../support/short-answers.js';
import { agentToken, personToken } from '../support/tokens.js';
import { startWorker, type TestWorker } from '../support/worker.js';

const AGENT_NAME = 'holder';
const IDENTITY = 'agent-holder';
/** How long the server lists a participant whose process is dead. */
const GHOST_MS = 15_000;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let worker: TestWorker;
let rooms = 0;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** A room with a person and an agent that listens. */
async function heldRoom() {
  const room = `held-${++rooms}`;
  const person = new Person({ microphone: false });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  const dispatchId = await worker.dispatch(room);
  await person.waitFor(() => person.state() === 'listening', 20_000);
  const pid = await worker.jobIn(room);
  return { room, person, pid, dispatchId, [Symbol.asyncDispose]: () => person.close() };
}

function holder(room: string): Promise<string> {
  const { url, apiKey, apiSecret } = livekit;
  return holderOf({ url, apiKey, apiSecret, room, agentName: AGENT_NAME });
}

/** How often a call has begun in a room. */
function calls(room: string): number {
  return worker.logs.filter((line) => line.msg === 'the call has begun' && line.room === room).length;
}

const WAITS = "a participant has taken the agent's identity: it waits for its place";

function takeOvers(room: string): number {
  return worker.logs.filter((line) => line.msg === 'the call was taken over' && line.room === room).length;
}

const SERVED = 'another agent of this name serves the room already';

async function eventuallyLogged(fields: {
  readonly room: string;
  readonly [name: string]: unknown;
}): Promise<void> {
  const ofRoom = () => worker.logs.filter(({ room }) => room === fields.room);
  await vi.waitFor(() => expect(ofRoom()).toContainEqual(expect.objectContaining(fields)), {
    timeout: 20_000,
  });
}

async function pids(): Promise<number[]> {
  return (await worker.processes()).map(({ pid }) => pid);
}

/** Jobs of a room that have begun their call, or found that there is one. */
function settled(room: string, workers: readonly TestWorker[] = [worker]): number {
  const lines = workers.flatMap(({ logs }) => logs).filter((line) => line.room === room);
  return lines.filter(({ msg }) => msg === 'the call has begun' || msg === SERVED).length;
}

/** Answers that the agent has begun, the greeting among them. */
function turns(person: Person): number {
  return person.events().filter((event) => event.type === 'turn' && event.phase === 'started').length;
}

describe.each(['process', 'shared'] as const)('AGENT_ISOLATION=%s', (isolation) => {
  // Agents stay for a while in the rooms of earlier tests: what a machine takes by default may be full of them.
  const env = { AGENT_MAX_ROOMS: '50', AGENT_ISOLATION: isolation };

  beforeAll(async () => {
    worker = await startWorker({ livekit, liveApi, agentName: AGENT_NAME, env });
  });

  afterAll(async () => {
    await worker?.[Symbol.asyncDispose]();
  });

  test('a second job finds a live agent and ends quietly; the conversation is not touched', async () => {
    await using held = await heldRoom();
    const { room, person } = held;
    const sid = person.agent()?.sid;
    expect(person.agent()?.identity).toBe(IDENTITY);
    const left: string[] = [];
    person.on((personEvent) => {
      if (personEvent.type === 'participant-left' || personEvent.type === 'voice-stopped')
        left.push(personEvent.type);
    });
    await worker.dispatch(room);
    await eventuallyLogged({ room, level: 30, msg: SERVED });
    await person.sendChat('Are you still there?');
    await person.waitFor(() => person.heard().soundMs() > 50, 10_000);
    expect(person.agent()?.sid).toBe(sid);
    expect(left).toEqual([]);
    expect(calls(room)).toBe(1);
  });

  test('two dispatches at once to two workers of one name leave one agent in the room, and one greeting', async () => {
    await using other = await startWorker({ livekit, liveApi, agentName: AGENT_NAME, env });
    for (let round = 0; round < 4; round++) {
      const room = ownName('raced');
      await using person = new Person({ microphone: false });
      await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
      const left: string[] = [];
      person.on(({ type }) => {
        if (type === 'participant-left' || type === 'voice-stopped') left.push(type);
      });
      const profile = { greeting: 'Say hello.' };
      await Promise.all([worker.dispatch(room, profile), other.dispatch(room, profile)]);
      // Both jobs have come to their verdict: the younger dispatch has found the agent of the older one.
      await vi.waitFor(() => expect(settled(room, [worker, other])).toBe(2), { timeout: 20_000 });
      await person.waitFor(() => person.heard().soundMs() > 50, 10_000);
      await person.waitFor(() => person.state() === 'listening', 10_000);
      await person.sendChat('Who is there?');
      await person.waitFor(() => turns(person) === 2, 10_000);
      await person.waitFor(() => person.state() === 'listening', 10_000);
      expect(turns(person)).toBe(2);
      expect(left).toEqual([]);
      expect(person.participants().map(({ identity }) => identity)).toEqual([IDENTITY]);
    }
  });

  test('a guest who joins as the agent puts it out; it comes back when they have left, and goes on', async () => {
    await using held = await heldRoom();
    const { room, person } = held;
    await person.sendChat('Hello.');
    await person.waitFor(() => turns(person) === 1, 10_000);
    const guest = new Person({ microphone: false });
    await guest.connect(livekit.url, await personToken({ identity: IDENTITY, room }));
    await eventuallyLogged({ room, msg: WAITS });
    await guest.close();
    await vi.waitFor(() => expect(takeOvers(room)).toBe(1), { timeout: 20_000 });
    await person.waitFor(() => person.state() === 'listening', 15_000);
    expect(calls(room)).toBe(1);
    await person.sendChat('Are you back?');
    await person.waitFor(() => turns(person) === 2, 10_000);
    expect(new Set(person.events().map(({ call }) => call)).size).toBe(1);
  });

  test('a dispatch that is taken back ends its call, with a goodbye', async () => {
    await using held = await heldRoom();
    const { room, person, dispatchId } = held;
    const dispatches = new AgentDispatchClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret);
    await dispatches.deleteDispatch(dispatchId, room);
    await person.waitFor(() => person.agent() === undefined, 10_000);
    expect(person.events().at(-1)).toMatchObject({ type: 'session', state: 'closed' });
  });

  test('the calls of a worker that is killed say goodbye and leave', async () => {
    const doomed = await startWorker({ livekit, liveApi, env });
    try {
      await using person = new Person({ microphone: false });
      const room = ownName('doomed');
      await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
      await doomed.dispatch(room);
      await person.waitFor(() => person.state() === 'listening', 20_000);
      doomed.kill('SIGKILL');
      await person.waitFor(() => person.agent() === undefined, 8_000);
      expect(person.events().at(-1)).toMatchObject({ type: 'session', state: 'closed' });
    } finally {
      await doomed[Symbol.asyncDispose]();
    }
  });
});

describe('a process a room', () => {
  beforeAll(async () => {
    const env = { AGENT_MAX_ROOMS: '50', AGENT_ISOLATION: 'process' };
    worker = await startWorker({ livekit, liveApi, agentName: AGENT_NAME, env });
  });

  afterAll(async () => {
    await worker?.[Symbol.asyncDispose]();
  });

  test('an agent whose process was killed is replaced while the server still lists it', async () => {
    await using held = await heldRoom();
    const { room, person, pid } = held;
    process.kill(pid, 'SIGKILL');
    const killedMs = performance.now();
    await worker.dispatch(room);
    await vi.waitFor(() => expect(calls(room)).toBe(2), { timeout: GHOST_MS });
    await person.waitFor(() => person.state() === 'listening', 10_000);
    await person.sendChat('Who is there?');
    await person.waitFor(() => person.heard().soundMs() > 50, 10_000);
    expect(performance.now() - killedMs).toBeLessThan(GHOST_MS);
    expect(person.participants().map(({ identity }) => identity)).toEqual([IDENTITY]);
  });

  test('an agent that hangs is replaced, and leaves when its process runs again', async () => {
    await using held = await heldRoom();
    const { room, person, pid } = held;
    process.kill(pid, 'SIGSTOP');
    try {
      await worker.dispatch(room);
      await vi.waitFor(() => expect(calls(room)).toBe(2), { timeout: GHOST_MS });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const ending = { room, pid, msg: 'the call has ended', reason: 'room-closed' };
    await eventuallyLogged(ending);
    await vi.waitFor(async () => expect(await pids()).not.toContain(pid), { timeout: 15_000 });
    await person.waitFor(() => person.state() === 'listening', 10_000);
    await person.sendChat('Who is there?');
    await person.waitFor(() => person.heard().soundMs() > 50, 10_000);
    expect(calls(room)).toBe(2);
  });

  test('who is listed is asked: nobody, a person of that name, a live agent, a dead one', async () => {
    expect(await holder('no-such-room')).toBe('none');
    await using person = new Person({ microphone: false });
    const room = ownName('impostor');
    await person.connect(livekit.url, await personToken({ identity: IDENTITY, room }));
    expect(await holder(room)).toBe('none');
    await person.close();

    await using held = await heldRoom();
    expect(await holder(held.room)).toBe('live');
    process.kill(held.pid, 'SIGKILL');
    expect(await holder(held.room)).toBe('dead');
  });

  test('an agent that was killed in the moment of its joining holds no room, and its successor begins the call', async () => {
    const room = ownName('joining');
    const token = await agentToken({ identity: IDENTITY, room });
    // Only its first connection: a client that is killed here opens no data channel, and the server lists it all the same.
    const signal = new WebSocket(
      `${livekit.url}/rtc?access_token=${token}&protocol=15&sdk=js&auto_subscribe=0`,
    );
    try {
      await once(signal, 'message');
      expect(await holder(room)).toBe('dead');
      await using person = new Person({ microphone: false });
      await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
      await worker.dispatch(room);
      await person.waitFor(() => person.state() === 'listening', 20_000);
    } finally {
      signal.terminate();
    }
  });
});
