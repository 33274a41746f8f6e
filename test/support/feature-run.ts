// Runs one row of the feature table in a real room: what a profile says becomes a call, and the call keeps to the row.
import type { LiveApiServer, LiveApiSession } from '@gemini-room-agent/live-api';
import { expect, vi } from 'vitest';
import { WaitError } from '../../cli/wait-for.js';
import { mergeLayers } from '../../src/profile/merge.js';
import { startCall } from './call.js';
import { type Connection, type Feature, HANDLE, type Json, plainSetup, typed } from './features/feature.js';
import { fulfil, type Given } from './features/given.js';
import { holds } from './features/signs.js';
import { play, WAIT_MS } from './features/stage.js';
import type { LiveKitServer } from './livekit-server.js';
import { describeSession } from './session-log.js';

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
  const session = (): LiveApiSession | undefined => sessionsOf(servers.liveApi, given)[0];
  const seen = await play(feature, call, servers.liveApi, session).catch((error: unknown) => {
    if (error instanceof WaitError) error.message += `; its session: ${describeSession(session())}`;
    throw error;
  });
  if (feature.again)
    await vi.waitFor(() => expect(sessionsOf(servers.liveApi, given)).toHaveLength(2), WAIT_MS);
  const connections = sessionsOf(servers.liveApi, given);
  await checkConnections(feature, connections, given);
  for (const sign of feature.room)
    if ('never' in sign && !holds(sign, seen))
      throw new Error(`${JSON.stringify(sign)}: ${call.person.describe()}`);
}

/** Each call has a key of its own, by which its connections are found. */
export function sessionsOf(liveApi: LiveApiServer, given: Given): LiveApiSession[] {
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
