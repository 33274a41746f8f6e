// `npm run token` as a process, against the local Live API: what it prints, and what its tokens are good for.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { GoogleGenAI, Modality, type Session } from '@google/genai';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type CommandRun, runCommand } from '../support/command.js';

let liveApi: LiveApiServer;
let folder = '';

beforeAll(async () => {
  liveApi = await startLiveApi({ speech: 'tones', pace: 'prompt' });
  folder = await mkdtemp(join(tmpdir(), 'token-'));
});
afterAll(async () => {
  await liveApi.close();
  await rm(folder, { recursive: true, force: true });
});

const NONE = {
  GOOGLE_API_KEY: undefined,
  GEMINI_API_KEY: undefined,
  GOOGLE_GEMINI_BASE_URL: undefined,
  GOOGLE_GENAI_USE_VERTEXAI: undefined,
};

function token(args: readonly string[], env: Record<string, string | undefined> = {}): Promise<CommandRun> {
  const local = { ...NONE, GOOGLE_API_KEY: 'key', GOOGLE_GEMINI_BASE_URL: liveApi.url };
  return runCommand('cli/token.ts', args, { cwd: folder, env: { ...local, ...env } });
}

/** Opens a session as a client with nothing but the token does. */
async function open(name: string, config: object = {}) {
  vi.spyOn(console, 'warn').mockReturnValue();
  const client = new GoogleGenAI({
    apiKey: name,
    httpOptions: { baseUrl: liveApi.url, apiVersion: 'v1alpha' },
  });
  // The SDK waits without a limit for a set-up that was refused.
  const session = await new Promise<Session>((resolve, reject) => {
    const onclose = ({ reason }: { reason: string }): void => reject(new Error(reason));
    client.live
      .connect({
        model: 'gemini-3.8-live',
        config: { responseModalities: [Modality.AUDIO], ...config },
        callbacks: { onmessage: () => {}, onclose },
      })
      .then(resolve, reject);
  });
  session.close();
  return liveApi.waitForSession();
}

test('the name of a token, and what it is good for beside it', async () => {
  const { code, stdout, stderr } = await token([]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^auth_tokens\/\S+\n$/);
  expect(stderr).toMatch(/^good for 1 session until \S+Z, to be opened before \S+Z\n$/);
  const session = await open(stdout.trim(), { systemInstruction: 'Be free.' });
  expect(session.config?.instructions).toBe('Be free.');
});

test('a token that is locked to a profile gives that session, whatever the client asks for', async () => {
  const profile = {
    instructions: 'Be kind.',
    voice: 'Kore',
    tools: [
      { declaration: { name: 'book' }, run: { by: 'webhook', url: 'https://tools.example/book' } },
      { declaration: { name: 'light', parameters: { type: 'object', properties: {} } } },
    ],
  };
  await writeFile(join(folder, 'profile.json'), JSON.stringify(profile));
  const args = [
    '--profile',
    'profile.json',
    '--uses',
    '2',
    '--expires',
    '2h',
    '--start-within',
    '10m',
    '--json',
  ];
  const { code, stdout, stderr } = await token(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const made = JSON.parse(stdout) as Record<string, string>;
  expect(made).toEqual({
    name: expect.stringMatching(/^auth_tokens\//),
    uses: 2,
    expireTime: expect.any(String),
    newSessionExpireTime: expect.any(String),
    model: 'gemini-3.8-live',
  });
  const leftMs = Date.parse(made.expireTime ?? '') - Date.now();
  expect(leftMs).toBeGreaterThan(7_100_000);
  expect(leftMs).toBeLessThanOrEqual(7_200_000);
  const session = await open(made.name ?? '', { systemInstruction: 'Be rude.' });
  expect(session.config).toMatchObject({ instructions: 'Be kind.', voice: 'Kore', inputTranscripts: true });
  expect(session.config?.declarations.map(({ name }) => name)).toEqual(['book', 'light']);
  await open(made.name ?? '');
  await expect(open(made.name ?? '')).rejects.toThrow(/used too many times/);
});

test('with --lock set a client chooses what the profile leaves open', async () => {
  await writeFile(join(folder, 'set.json'), '{ "instructions": "Be kind." }');
  const { stdout } = await token(['--profile', 'set.json', '--lock', 'set']);
  const session = await open(stdout.trim(), {
    systemInstruction: 'Be rude.',
    speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
  });
  expect(session.config).toMatchObject({ instructions: 'Be kind.', voice: 'Kore' });
});

test.each([
  [
    'no key and no address',
    [],
    { GOOGLE_API_KEY: '', GOOGLE_GEMINI_BASE_URL: '' },
    2,
    /GOOGLE_API_KEY .*must be set/,
  ],
  ['a key that is refused', [], { GOOGLE_API_KEY: 'invalid-key' }, 1, /refused with 400: API key not valid/],
  ['a token as the key', [], { GOOGLE_API_KEY: 'auth_tokens/x' }, 1, /ephemeral token itself/],
  [
    'an address where nothing is',
    [],
    { GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:9' },
    1,
    /127\.0\.0\.1:9\) cannot be reached/,
  ],
  [
    'Vertex AI',
    [],
    { GOOGLE_GENAI_USE_VERTEXAI: 'true', GOOGLE_CLOUD_PROJECT: 'p', GOOGLE_CLOUD_LOCATION: 'l' },
    1,
    /Vertex AI has no ephemeral tokens/,
  ],
  ['a time without a unit', ['--expires', '30'], {}, 2, /--expires must be a time as 90s/],
  ['a time that is too long', ['--expires', '20h'], {}, 2, /less than 20h/],
  ['a start after the end', ['--expires', '30s'], {}, 2, /--start-within must not be longer/],
  ['uses that are no number', ['--uses', 'many'], {}, 2, /--uses must be a whole number/],
  ['an unknown option', ['--forever'], {}, 2, /--help lists the options/],
] as const)('%s ends with one line that says so', async (_name, args, env, code, words) => {
  const run = await token(args, env);
  expect(run.code).toBe(code);
  expect(run.stdout).toBe('');
  expect(run.stderr.trim().split('\n')).toHaveLength(1);
  expect(run.stderr).toMatch(words);
});

test('a profile that is wrong is refused with its fields', async () => {
  await writeFile(join(folder, 'wrong.json'), '{ "voice": "Nobody", "modality": "text" }');
  const { code, stderr } = await token(['--profile', 'wrong.json']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^token: the profile is wrong: modality: /);
});
