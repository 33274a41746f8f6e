// Runs one row of the feature table in a real room: what a profile says becomes a call, and the call keeps to the row.
import type { LiveApiServer, LiveApiSession } from '@gemini-room-agent/live-api';
import { RpcError } from '@livekit/rtc-node';
import { expect, vi } from 'vitest';
import type { Person } from '../../cli/person.js';
import { mergeLayers } from '../../src/config/merge.js';
import type { AgentState } from '../../src/protocol/topics.js';
import { startCall } from './call.js';
import {
  type Act,
  type Connection,
  type Feature,
  HANDLE,
  type Json,
  plainSetup,
  typed,
} from './features/feature.js';
import { fulfil, type Given } from './features/given.js';
import { holds, type Seen } from './features/signs.js';
import { readFixture } from './fixtures.js';
import type { LiveKitServer } from './livekit-server.js';
import { sine } from './tone.js';

const WAIT_MS = 15_000;
const TONE_HZ = 440;
const TONE_RATE = 48_000;

export interface FeatureServers {
  readonly livekit: LiveKitServer;
  readonly liveApi: LiveApiServer;
}

export async function runFeature(feature: Feature, servers: FeatureServers): Promise<void> {
  await using given = await fulfil(feature.given, servers);
  const profile = given.put(feature.profile ?? {}) as Json;
  await using call = await startCall({
    ...servers,
    profile,
    access: { apiKey: given.apiKey },
    ...(given.tools ? { tools: given.tools } : {}),
  });
  const { person } = call;
  const hold = serve(person, feature);
  const states = new Set<AgentState>();
  const seen: Seen = { call, states };
  await person.waitFor(() => person.state() && person.state() !== 'initializing', WAIT_MS);
  const started = sessionsOf(servers.liveApi, given)[0];
  if (!started) throw new Error('the agent listens, and no session was opened');
  person.on((happening) => {
    if (happening.type === 'agent-state') states.add(happening.state);
  });
  if (feature.ask !== undefined) await person.sendChat(feature.ask);
  for (const act of feature.acts ?? []) await perform(act, { seen, hold, session: started, servers });
  for (const sign of feature.room) {
    if ('ended' in sign) await call.end;
    else if (!('never' in sign)) await person.waitFor(() => holds(sign, seen), WAIT_MS);
  }
  if (feature.again)
    await vi.waitFor(() => expect(sessionsOf(servers.liveApi, given)).toHaveLength(2), WAIT_MS);
  const connections = sessionsOf(servers.liveApi, given);
  await checkConnections(feature, connections, given);
  for (const sign of feature.room)
    if ('never' in sign && !holds(sign, seen))
      throw new Error(`${JSON.stringify(sign)}: ${person.describe()}`);
}

/** Each call has a key of its own, by which its connections are found. */
function sessionsOf(liveApi: LiveApiServer, given: Given): LiveApiSession[] {
  return liveApi.sessions.filter(
    ({ key, config, id }) => key === given.apiKey && config && id !== given.earlier?.id,
  );
}

async function checkConnections(
  feature: Feature,
  connections: readonly LiveApiSession[],
  given: Given,
): Promise<void> {
  const { model, modality } = (feature.profile ?? {}) as { model?: string; modality?: string };
  const [first, second] = connections;
  const asked = feature.ask === undefined ? [] : [typed(feature.ask, model)];
  const expected: Connection[] = [
    { setup: feature.setup ?? {}, client: [...(feature.opening ?? []), ...asked, ...(feature.client ?? [])] },
    ...(feature.again ? [feature.again] : []),
  ];
  expect(connections).toHaveLength(expected.length);
  expect(first?.version).toBe(feature.version ?? 'v1beta');
  for (const [index, { setup = {}, client = [] }] of expected.entries()) {
    const session = connections[index];
    const before = index === 0 ? given.earlier : first;
    const whole = mergeLayers([plainSetup(model, modality), setup]);
    expect(session?.received[0]).toStrictEqual({ setup: withHandle(whole, before) });
    // What comes last may still be on its way.
    await vi.waitFor(() => expect(clientMessages(session, feature.sound)).toStrictEqual(client), 3_000);
  }
  if (second) expect(second.version).toBe(first?.version);
}

function withHandle(setup: Json, before: LiveApiSession | undefined): unknown {
  return JSON.parse(JSON.stringify(setup).replaceAll(HANDLE, before ? (handleOf(before) ?? '') : ''));
}

/** The last handle that a session was given and could be taken up by. */
export function handleOf(session: LiveApiSession): string | undefined {
  return session.sent
    .map((message) => message.sessionResumptionUpdate as { newHandle?: string } | undefined)
    .findLast((update) => update?.newHandle)?.newHandle;
}

/** Without the setup, and without sound unless it is asked for: of that, one message for each stretch. */
function clientMessages(session: LiveApiSession | undefined, sound = false): Json[] {
  const messages: Json[] = [];
  let inSound = false;
  for (const message of session?.received.slice(1) ?? []) {
    const audio = (message.realtimeInput as { audio?: { mimeType: string } } | undefined)?.audio;
    if (!audio) messages.push(message);
    else if (sound && !inSound) {
      messages.push({ realtimeInput: { audio: { data: '…', mimeType: audio.mimeType } } });
    }
    inSound = audio !== undefined;
  }
  return messages;
}

/** Registers the client's methods. Returns what lets those answer that are held. */
function serve(person: Person, { serves = {} }: Feature): Map<string, () => void> {
  const hold = new Map<string, () => void>();
  for (const [method, { answer, error, held }] of Object.entries(serves)) {
    const released = held ? new Promise<void>((resolve) => hold.set(method, resolve)) : Promise.resolve();
    person.registerRpc(method, async () => {
      await released;
      if (error !== undefined) throw new RpcError(2_000, error);
      return JSON.stringify(answer ?? {});
    });
  }
  return hold;
}

interface Stage {
  readonly seen: Seen;
  readonly hold: ReadonlyMap<string, () => void>;
  readonly session: LiveApiSession;
  readonly servers: FeatureServers;
}

async function perform(act: Act, { seen, hold, session, servers }: Stage): Promise<void> {
  const { person } = seen.call;
  if ('until' in act) {
    await person.waitFor(() => holds(act.until, seen), WAIT_MS);
  } else if ('chat' in act) {
    await person.sendChat(act.chat);
  } else if ('rpc' in act) {
    const calling = person.rpc(act.rpc, act.payload ? JSON.stringify(act.payload) : '');
    if (act.error !== undefined) await expect(calling).rejects.toMatchObject({ code: act.error });
    else expect(JSON.parse(await calling)).toMatchObject(act.answer ?? {});
  } else if ('toolResponse' in act) {
    await person.sendText('gemini.tool_response', JSON.stringify(act.toolResponse));
  } else if ('speakMs' in act) {
    await person.speak(sine(TONE_HZ, act.speakMs, TONE_RATE), TONE_RATE);
  } else if ('clip' in act) {
    const wav = await readFixture(act.clip);
    await person.speak(wav.samples, wav.rate);
  } else if ('mute' in act) {
    person.microphone.mute();
  } else if ('answers' in act) {
    hold.get(act.answers)?.();
  } else {
    servers.liveApi.faults.apply(act.service, { id: session.id });
  }
}
