// Every profile of examples/profiles in a real room, doing what it is there for.
import { readdirSync, readFileSync } from 'node:fs';
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModuleTools } from '../../src/tools/module-tools.js';
import { startCall } from '../support/call.js';
import { sessionsOf } from '../support/feature-run.js';
import { scenarioOf } from '../support/feature-table.js';
import type { Json } from '../support/features/feature.js';
import { fulfil } from '../support/features/given.js';
import { holds } from '../support/features/signs.js';
import { play } from '../support/features/stage.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { PROFILE_STORIES, type ProfileStory } from '../support/profile-stories.js';

const folder = new URL('../../examples/profiles/', import.meta.url);
const stories = Object.entries(PROFILE_STORIES).map(([name, story]) => ({ name, story }));

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  const features = stories.map(({ name, story }) => ({ ...story, feature: name }));
  const scenario = scenarioOf([{ title: 'profiles', features }]);
  [livekit, liveApi] = await Promise.all([
    startLivekitServer(),
    startLiveApi({ speech: 'tones', pace: 'prompt', scenario }),
  ]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test('each has its story', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  expect(Object.keys(PROFILE_STORIES).sort()).toEqual(files.sort());
});

describe.concurrent('in a room', () => {
  test.each(stories)('$name', { timeout: 60_000 }, ({ name, story }) => run(name, story));
});

test('events for a backend reach it alone, as streams and as packets, and nobody else commands', async () => {
  // Who types here is nobody who commands: by default only those of `control` may type.
  const profile = {
    ...(JSON.parse(readFileSync(new URL('events-for-a-backend.json', folder), 'utf8')) as Json),
    chat: 'anyone',
  };
  await using call = await startCall({ livekit, liveApi, profile, identity: 'backend' });
  const { person: backend } = call;
  const ana = await call.join('ana');
  await ana.waitFor(() => ana.state() === 'listening', 15_000);
  await ana.sendChat('Hello there.');
  const isOver = () => backend.events().some(({ type, phase }) => type === 'turn' && phase === 'completed');
  await backend.waitFor(isOver, 15_000);
  const told = backend.events();
  await backend.waitFor(() => backend.data().length >= told.length, 15_000);

  const packets = backend.data().map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as unknown);
  expect(packets.slice(0, told.length)).toEqual(told);
  expect(backend.data().every(({ topic }) => topic === 'gemini.event')).toBe(true);
  expect(told.map(({ seq }) => seq)).toEqual(told.map((_, index) => index + 1));
  expect([ana.events(), ana.data(), ana.captions(), backend.captions()]).toEqual([[], [], [], []]);
  await expect(ana.rpc('interrupt')).rejects.toMatchObject({ code: 403 });
  expect(JSON.parse(await backend.rpc('get_state'))).toMatchObject({
    agent: 'listening',
    handle: expect.any(String),
  });
}, 30_000);

async function run(name: string, story: ProfileStory): Promise<void> {
  const servers = { livekit, liveApi };
  await using given = await fulfil(story.given, servers);
  const profile = given.put(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Json) as Json;
  const tools =
    story.given === 'module'
      ? {
          modules: await loadModuleTools(new URL('../../agent/tools/', import.meta.url)),
          webhooks: { origins: [], secret: undefined },
        }
      : given.tools;
  await using call = await startCall({
    ...servers,
    profile,
    access: { apiKey: given.apiKey },
    ...(story.identity ? { identity: story.identity } : {}),
    ...(tools ? { tools } : {}),
  });
  const seen = await play(story, call, liveApi, () => sessionsOf(liveApi, given)[0]);
  for (const sign of story.room) if ('never' in sign) expect(holds(sign, seen)).toBe(true);
  const [session] = sessionsOf(liveApi, given);
  const setup = (session?.received[0] as { setup?: Json } | undefined)?.setup;
  expect(setup).toMatchObject({ model: `models/${profile.model ?? 'gemini-3.8-live'}` });
  for (const [path, value] of Object.entries(story.setup ?? {})) {
    expect(setup).toHaveProperty(path, value);
  }
  expect(call.logs.filter(({ level }) => level === 'error')).toEqual([]);
}
