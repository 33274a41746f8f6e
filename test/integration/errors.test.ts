// The table of errors in docs/protocol.md, row by row: what the room reads, how the job ends, and what commands exit with.
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rootFolder } from '../../scripts/setup/paths.mjs';
import { runCall } from '../../src/call/call.js';
import { type JobEnd, startCall } from '../support/call.js';
import { runCommand, runScript } from '../support/command.js';
import { fixturePath } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ownName } from '../support/own-name.js';
import { startShortAnswers } from '../support/short-answers.js';
import { quietLog } from '../support/supervised.js';
import { agentToken } from '../support/tokens.js';
import { cleanEnvironment, startWorker } from '../support/worker.js';

/** Nothing listens there. */
const NOWHERE = '127.0.0.1:9';
const ARRIVES_MS = 20_000;

interface Row {
  readonly code: string;
  readonly event: string;
  readonly job: string;
  /** By what was run. */
  readonly exits: ReadonlyMap<string, number>;
}

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const ROWS = rowsOf(page.slice(page.indexOf('\n## Errors\n'), page.indexOf('\n## Commands\n')));

function rowsOf(section: string): readonly Row[] {
  return [...section.matchAll(/^\| `(\w+)` *\| (.*?) *\| (.*?) *\| (.*?) *\|$/gm)].map((cells) => {
    const [, code = '', event = '', job = '', exit = ''] = cells;
    const exits = [...exit.matchAll(/(\d+) \(([^)]*)\)/g)].flatMap(([, status, names = '']) =>
      names.split(', ').map((name) => [name.replaceAll('`', ''), Number(status)] as const),
    );
    return { code, event, job, exits: new Map(exits) };
  });
}

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let folder = '';
let env: Record<string, string | undefined>;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
  folder = await mkdtemp(join(tmpdir(), 'errors-'));
  await writeFile(join(folder, 'wrong.json'), '{ "modle": "x" }');
  const outer = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
  env = {
    ...outer,
    ...cleanEnvironment(),
    LIVEKIT_URL: livekit.url,
    LIVEKIT_API_KEY: livekit.apiKey,
    LIVEKIT_API_SECRET: livekit.apiSecret,
    GOOGLE_API_KEY: 'test-key',
    GOOGLE_GEMINI_BASE_URL: liveApi.url,
  };
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

/** The error that the room reads, as the table writes it, and the job's end. */
async function inCall(options: { readonly profile?: object; readonly apiKey?: string }) {
  await using call = await startCall({
    livekit,
    liveApi,
    profile: { ...options.profile },
    ...(options.apiKey ? { access: { apiKey: options.apiKey } } : {}),
  });
  const error = await call.person.waitFor(
    (person) => person.events().find(({ type }) => type === 'error'),
    ARRIVES_MS,
  );
  return { event: `\`error\` \`${error.code}\`${error.fatal ? ', fatal' : ''}`, job: await call.end };
}

/** A call that ends before anything is in the room. */
async function alone(url: string, onRunning?: () => void): Promise<JobEnd> {
  const room = ownName('errors');
  const token = await agentToken({ identity: 'agent-gemini', room });
  return new Promise((resolve) => {
    const end = (reason: string, failed = false): void => resolve({ reason, failed });
    const access = { apiKey: 'test-key', baseUrl: liveApi.url };
    const options = { access, log: quietLog, ...(onRunning ? { onRunning } : {}) };
    const { signal } = new AbortController();
    void runCall({ room, url, token, metadata: '{}', signal, end }, options);
  });
}

interface Exit {
  readonly code: number | null;
  /** Its one line. */
  readonly line: string;
}

function exitOf({ code, stderr }: { readonly code: number | null; readonly stderr: string }): Exit {
  const [line = '', ...others] = stderr.trim().split('\n');
  expect(others, stderr).toEqual([]);
  return { code, line };
}

async function exit(source: string, args: readonly string[], more: Record<string, string | undefined> = {}) {
  return exitOf(await runCommand(source, args, { cwd: folder, env: { ...env, ...more } }));
}

/** The same in a copy of what is built, with a file among the tools that is none. */
async function exitBesideWrongTool(source: string, args: readonly string[]) {
  const copy = await mkdtemp(join(folder, 'wrong-tool-'));
  await cp(join(rootFolder, 'dist'), join(copy, 'dist'), { recursive: true });
  await cp(join(rootFolder, 'package.json'), join(copy, 'package.json'));
  await symlink(join(rootFolder, 'node_modules'), join(copy, 'node_modules'));
  await writeFile(join(copy, 'dist/agent/tools/wrong.js'), 'export const nothing = 1;');
  return exitOf(await runScript(join(copy, 'dist', source), args, { cwd: folder, env }));
}

const speech = fixturePath('card001');
const talk = (agentName: string, ...args: string[]) =>
  exit('cli/talk.ts', [speech, ...args], { AGENT_NAME: agentName });

/** A talk to a worker that is there. */
async function talkTo(workerEnv: Record<string, string>, ...args: string[]) {
  await using worker = await startWorker({ livekit, liveApi, env: workerEnv });
  // Awaited here: the worker ends with this function.
  return await talk(worker.agentName, ...args);
}

const CALLS: Readonly<Record<string, () => Promise<{ readonly event?: string; readonly job: JobEnd }>>> = {
  profile: () => inCall({ profile: { modle: 'x' } }),
  service: () => inCall({ apiKey: 'invalid' }),
  room: async () => ({ job: await alone(`ws://${NOWHERE}`) }),
  internal: async () => ({
    job: await alone(livekit.url, () => {
      throw new Error('a fault');
    }),
  }),
};

/** What the line of a command names, whichever command it is. */
const NAMES: Readonly<Record<string, RegExp>> = {
  environment: /LIVEKIT_URL|GOOGLE_API_KEY/,
  profile: /modle/,
  room: /127\.0\.0\.1:9|connect/,
  service: /API key/,
  dispatch: /nobody/,
  tool_module: /wrong/,
  unknown_tool: /nothing/,
  token: /token/,
};

const COMMANDS: Readonly<Record<string, () => Promise<Exit>>> = {
  'environment worker': () =>
    exit('agent/main.ts', ['start'], { GOOGLE_API_KEY: 'k', LIVEKIT_URL: 'nonsense' }),
  'environment talk': () => exit('cli/talk.ts', [speech], { LIVEKIT_URL: 'nonsense' }),
  'environment dispatch': () => exit('cli/dispatch.ts', ['--room', 'r'], { LIVEKIT_URL: 'nonsense' }),
  'environment token': () =>
    exit('cli/token.ts', [], { GOOGLE_API_KEY: undefined, GOOGLE_GEMINI_BASE_URL: undefined }),
  'profile talk': () => talkTo({}, '--profile', 'wrong.json'),
  'profile token': () => exit('cli/token.ts', ['--profile', 'wrong.json']),
  'profile worker': () => exit('agent/main.ts', ['start'], { AGENT_PROFILE: join(folder, 'wrong.json') }),
  'room talk': () => exit('cli/talk.ts', [speech], { LIVEKIT_URL: `ws://${NOWHERE}` }),
  'service talk': () => talkTo({ GOOGLE_API_KEY: 'invalid' }),
  'dispatch talk': () => talk('nobody', '--wait-ms', '2000'),
  'dispatch dispatch': () =>
    exit('cli/dispatch.ts', ['--room', 'r', '--wait-ms', '2000'], { AGENT_NAME: 'nobody' }),
  'tool_module worker': () => exitBesideWrongTool('agent/main.js', ['start']),
  'tool_module tool': () => exitBesideWrongTool('cli/tool.js', ['wrong']),
  'unknown_tool tool': () => exit('cli/tool.ts', ['nothing']),
  'token token': () => exit('cli/token.ts', [], { GOOGLE_GEMINI_BASE_URL: `http://${NOWHERE}` }),
};

/** `CODE` and `…` in a cell stand for any words. */
function patternOf(cell: string): RegExp {
  const words = cell.replaceAll('`', '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${words.replaceAll('CODE', '[\\w_]+').replaceAll('…', '.+')}$`);
}

test('the table has rows, and each call of it is run', () => {
  expect(ROWS.length).toBeGreaterThan(6);
  const inRooms = ROWS.filter(({ job }) => !job.startsWith('none')).map(({ code }) => code);
  expect(inRooms.sort()).toEqual(Object.keys(CALLS).sort());
});

describe('in a call', () => {
  test.each(ROWS.filter(({ code }) => CALLS[code]))('$code: $event; $job', async ({ code, event, job }) => {
    const found = await CALLS[code]?.();
    expect((found?.event ?? 'none').replaceAll('`', '')).toMatch(patternOf(event.split(':')[0] ?? ''));
    const { reason, failed } = found?.job ?? { reason: '', failed: false };
    expect(`${failed ? 'failed' : 'ended'}, ${reason}`).toMatch(patternOf(job));
  });
});

describe('a command exits', () => {
  const exits = ROWS.flatMap(({ code, exits: all }) =>
    [...all].map(([command, status]) => ({ code, command, status })),
  );
  // Side by side: three of them wait for an agent for a quarter of a minute.
  test.concurrent.each(exits)('of $command over $code with $status', async ({ code, command, status }) => {
    const found = await COMMANDS[`${code} ${command}`]?.();
    expect(found).toMatchObject({ code: status, line: expect.stringMatching(NAMES[code] ?? /(?!)/) });
  });
});
