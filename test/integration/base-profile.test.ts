// The profile file of a deployment, in a real worker: under what a dispatch says, and over the defaults.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import { runCommand } from '../support/command.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { personToken } from '../support/tokens.js';
import { cleanEnvironment, startWorker } from '../support/worker.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let folder: string;

beforeAll(async () => {
  [livekit, liveApi, folder] = await Promise.all([
    startLivekitServer(),
    startLiveApi({ speech: 'tones', pace: 'prompt' }),
    mkdtemp(join(tmpdir(), 'profile-')),
  ]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function profileFile(text: string): Promise<string> {
  const file = join(folder, 'profile.json');
  await writeFile(file, text);
  return file;
}

test('a call has the defaults, over them the file, over it the dispatch', async () => {
  const file = await profileFile(
    JSON.stringify({
      instructions: 'From the file.',
      voice: 'Kore',
      live: { temperature: 0.5, realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION' } },
    }),
  );
  await using worker = await startWorker({ livekit, liveApi, env: { AGENT_PROFILE: file } });
  expect(livekit.logs()).toContain(worker.agentName);
  const before = liveApi.sessions.length;
  const room = ownName('layers');
  const person = new Person({ microphone: false });
  try {
    await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
    await worker.dispatch(room, {
      instructions: 'From the dispatch.',
      live: { temperature: null, topP: 0.3 },
    });
    await person.waitFor(() => person.state() === 'listening', 20_000);
  } finally {
    await person.close();
  }
  expect(liveApi.sessions.slice(before).map(({ received }) => received[0])).toStrictEqual([
    {
      setup: {
        model: 'models/gemini-3.8-live',
        generationConfig: {
          responseModalities: ['AUDIO'],
          speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
          topP: 0.3,
        },
        systemInstruction: { role: 'user', parts: [{ text: 'From the dispatch.' }] },
        realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION' },
        sessionResumption: {},
        inputAudioTranscription: {},
        outputAudioTranscription: {},
        contextWindowCompression: { slidingWindow: {} },
      },
    },
  ]);
});

test.each([
  [
    '{ "voice": 7, "modelity": "text" }',
    /AGENT_PROFILE voice: .*; AGENT_PROFILE modelity: is not a known field/,
  ],
  ['{ "voice"', /environment: AGENT_PROFILE must be JSON, a profile object$/],
  [undefined, /AGENT_PROFILE names a file that cannot be read \(ENOENT\)/],
])('a worker does not start with a wrong one: %s', async (text, words) => {
  const file = text === undefined ? join(folder, 'nowhere.json') : await profileFile(text);
  const none = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
  const { code, stderr } = await runCommand('agent/main.ts', ['start'], {
    cwd: folder,
    env: {
      ...none,
      ...cleanEnvironment(),
      LIVEKIT_URL: livekit.url,
      LIVEKIT_API_KEY: livekit.apiKey,
      LIVEKIT_API_SECRET: livekit.apiSecret,
      GOOGLE_API_KEY: 'some-key',
      AGENT_NAME: 'cannot-start',
      AGENT_PROFILE: file,
    },
  });
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(words)]);
  // It would have taken calls from workers that can serve them.
  expect(livekit.logs()).not.toContain('cannot-start');
});
