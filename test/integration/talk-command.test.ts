// `npm run talk` and `npm run dispatch` as processes: what they print, what they leave, how they end.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { parseWav } from '../../cli/wav.js';
import { type CommandRun, runCommand, startCommand } from '../support/command.js';
import { startEchoAgent } from '../support/echo-agent.js';
import { fixturePath } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { startStandInWorker } from '../support/stand-in-worker.js';
import { sine } from '../support/tone.js';

const QUESTION = fixturePath('card001');

/** What clears a screen, colours it, turns text round and writes over a line. */
const OBEYED = '\u001b[2J\u009b31m\u202e\u2066\rx';
// biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
const OBEYED_BY_TERMINALS = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

let server: LiveKitServer;
let folder = '';
let env: Record<string, string>;
let room = '';

beforeAll(async () => {
  server = await startLivekitServer();
  env = {
    LIVEKIT_URL: server.url,
    LIVEKIT_API_KEY: server.apiKey,
    LIVEKIT_API_SECRET: server.apiSecret,
    AGENT_NAME: 'gemini',
  };
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'talk-command-'));
  room = ownName('talk');
  return () => rm(folder, { recursive: true, force: true });
});

function talk(...args: string[]): Promise<CommandRun> {
  return runCommand('cli/talk.ts', args, { cwd: folder, env });
}

function dispatch(...args: string[]): Promise<CommandRun> {
  return runCommand('cli/dispatch.ts', args, { cwd: folder, env });
}

test('talk dispatches, prints what happens in JSON and nothing else, and ends with 0', async () => {
  await using worker = await startStandInWorker(server, {
    run: (job) => startEchoAgent({ ...job, heardText: `ten of clubs${OBEYED}`, answerText: 'good card' }),
  });
  await writeFile(join(folder, 'profile.json'), '{ "voice": "Puck" }\n');
  const { code, stdout, stderr } = await talk(
    QUESTION,
    '--json',
    '--profile',
    'profile.json',
    '--room',
    room,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toMatch(OBEYED_BY_TERMINALS);
  expect(worker.jobs.map((job) => job.metadata)).toEqual(['{ "voice": "Puck" }\n']);

  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; atMs: number } & Record<string, unknown>);
  const times = records.map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(records[0]).toMatchObject({ type: 'joined', room, url: server.url });
  expect(
    records
      .filter(({ type }) => type === 'caption')
      .map(({ participant, final, text }) => [participant, final, text]),
  ).toEqual([
    [expect.stringMatching(/^person-/), false, 'ten'],
    [expect.stringMatching(/^person-/), true, `ten of clubs${OBEYED}`],
    ['agent-gemini', false, 'good'],
    ['agent-gemini', true, 'good card'],
  ]);
  expect(records).toContainEqual(
    expect.objectContaining({
      type: 'event',
      event: expect.objectContaining({ type: 'turn', phase: 'completed', v: 1 }),
    }),
  );
  expect(records.filter(({ type }) => type === 'heard')).toEqual([
    { type: 'heard', atMs: expect.any(Number), ms: expect.any(Number), rms: expect.any(Number) },
  ]);
  expect(records.at(-1)).toEqual({
    type: 'summary',
    atMs: expect.any(Number),
    turns: 1,
    captions: [
      { participant: expect.stringMatching(/^person-/), text: `ten of clubs${OBEYED}` },
      { participant: 'agent-gemini', text: 'good card' },
    ],
    heardMs: expect.any(Number),
    firstAnswerMs: expect.any(Number),
    out: join(folder, 'answer.wav'),
  });
  expect(parseWav(await readFile(join(folder, 'answer.wav'))).durationMs).toBeGreaterThan(700);
});

test('talk prints finals and events as lines, each with its time', async () => {
  await using _agent = await startEchoAgent({
    url: server.url,
    room,
    heardText: `ten${OBEYED}`,
    answerText: 'good card',
  });
  const { code, stdout } = await talk(QUESTION, '--room', room, '--out', 'said.wav');
  expect(code).toBe(0);
  expect(stdout).not.toMatch(OBEYED_BY_TERMINALS);
  expect(stdout).toContain(': ten\ufffd[2J\ufffd31m\ufffd\ufffd\ufffdx\n');
  const lines = stdout.trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^ *\d+\.\d\d s {2}\S/);
  expect(stdout).toMatch(/agent-gemini: good card\n/);
  expect(stdout).not.toMatch(/agent-gemini: good(\n| …)/);
  expect(stdout).toMatch(/· turn: turn 1, phase completed\n/);
  expect(lines.at(-1)).toContain(`it is in ${join(folder, 'said.wav')}`);
});

test('talk ends with 1 when nothing was heard', async () => {
  await using _agent = await startEchoAgent({ url: server.url, room, mute: true });
  const { code, stdout, stderr } = await talk(QUESTION, '--room', room);
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'talk: no answer was heard\n' });
  expect(stdout).toMatch(/heard nothing\n$/);
  expect(await readdir(folder)).toEqual([]);
});

test('Ctrl-C ends a talk cleanly: the file is whole, and the exit code says so', async () => {
  const answer = { samples: sine(660, 30_000, 24_000), rate: 24_000 };
  await using agent = await startEchoAgent({ url: server.url, room, answer });
  const talking = await startCommand('cli/talk.ts', [QUESTION, '--room', room, '--json'], {
    cwd: folder,
    env,
  });
  await vi.waitFor(() => expect(talking.stdout).toContain('"phase":"started"'), { timeout: 20_000 });
  await vi.waitFor(() => expect(agent.answers).toBe(1), { timeout: 20_000 });
  await vi.waitFor(
    async () => expect((await readFile(join(folder, 'answer.wav'))).length).toBeGreaterThan(60_000),
    {
      timeout: 10_000,
    },
  );
  talking.kill('SIGINT');
  const { code, stdout, stderr } = await talking.ended;
  expect({ code, stderr }).toEqual({ code: 130, stderr: 'talk: interrupted\n' });
  expect(stdout).toMatch(/\{"type":"summary".*\}\n$/);
  expect(parseWav(await readFile(join(folder, 'answer.wav'))).durationMs).toBeGreaterThan(1000);
  // The person has left, and not by being lost.
  await vi.waitFor(() => expect(agent.person.participants()).toEqual([]), { timeout: 15_000 });
});

test('talk says in one line what is wrong with its usage, and ends with 2', async () => {
  await writeFile(join(folder, 'song.mp3'), 'ID3 and so on');
  await writeFile(join(folder, 'list.json'), '[1]');
  const cases: [args: string[], said: string][] = [
    [[], 'name the WAV file to play'],
    [['nothing.wav'], `${join(folder, 'nothing.wav')} does not exist`],
    [['song.mp3'], 'song.mp3 is an MP3 file, not plain WAV'],
    [[QUESTION, '--frobnicate'], "Unknown option '--frobnicate'"],
    [[QUESTION, '--profile', 'list.json'], 'list.json is no profile: it must be a JSON object'],
    [[QUESTION, '--out', 'no/such/folder.wav'], 'cannot write'],
    [[QUESTION, '--wait-ms', 'soon'], '--wait-ms must be whole milliseconds'],
  ];
  for (const [args, said] of cases) {
    const { code, stdout, stderr } = await talk(...args);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    expect(stderr).toMatch(/^talk: [^\n]+\n$/);
    expect(stderr).toContain(said);
  }
});

test('without a server both commands say what to do', async () => {
  const nowhere = { cwd: folder, env: { ...env, LIVEKIT_URL: 'ws://127.0.0.1:9' } };
  const line = 'nothing answers at ws://127.0.0.1:9: run `npm start` in another shell\n';
  expect(await runCommand('cli/talk.ts', [QUESTION], nowhere)).toEqual({
    code: 1,
    stdout: '',
    stderr: `talk: ${line}`,
  });
  expect(await runCommand('cli/dispatch.ts', ['--room', 'r'], nowhere)).toEqual({
    code: 1,
    stdout: '',
    stderr: `dispatch: ${line}`,
  });
});

test('dispatch puts the agent into a room once', async () => {
  await using worker = await startStandInWorker(server, { run: (job) => startEchoAgent(job) });
  expect(await dispatch('--room', room)).toEqual({
    code: 0,
    stdout: `agent-gemini has joined room ${room}\n`,
    stderr: '',
  });
  expect(await dispatch('--room', room)).toEqual({
    code: 0,
    stdout: `agent-gemini is in room ${room}\n`,
    stderr: '',
  });
  expect(worker.jobs).toHaveLength(1);
});

test('dispatch tries again when no worker was there at first', async () => {
  const dispatching = await startCommand('cli/dispatch.ts', ['--room', room], { cwd: folder, env });
  await vi.waitFor(() => expect(server.logs()).toContain(`"room": "${room}"`), { timeout: 10_000 });
  await using worker = await startStandInWorker(server, { run: (job) => startEchoAgent(job) });
  expect(await dispatching.ended).toMatchObject({
    code: 0,
    stdout: `agent-gemini has joined room ${room}\n`,
  });
  expect(worker.jobs).toHaveLength(1);
});

test('dispatch says when no worker takes the room, and what is wrong with its usage', async () => {
  expect(await dispatch('--room', room, '--wait-ms', '700')).toEqual({
    code: 1,
    stdout: '',
    stderr: `dispatch: no agent "gemini" came into room ${room} within 0.7 s: is a worker with this AGENT_NAME running (\`npm start\` or \`npm run agent\`)?\n`,
  });
  expect(await dispatch()).toMatchObject({
    code: 2,
    stderr: 'dispatch: name the room: npm run dispatch -- --room ROOM\n',
  });
  expect(await dispatch('--room', 'r', '--agent', '')).toMatchObject({ code: 2 });
});
