// Tools of three MCP servers that others wrote, each kind called by a spoken wish that the local Live API recognises.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Person } from '../../cli/person.js';
import type { McpServerConfig } from '../../src/config/mcp-servers.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { deploymentOf, stdioServer } from '../support/mcp.js';
import { MODEL_DIR } from '../support/model-dir.js';
import { loadSpeech, type Speech } from '../support/spoken.js';
import {
  declarationsOf,
  eventsOf,
  type FunctionResponse,
  responsesOf,
  startReadyCall,
} from '../support/tool-call.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let speech: Speech;
let folder = '';

interface Kind {
  readonly kind: string;
  readonly tool: string;
  readonly args?: object;
  /** The last answer that the model gets, as JSON. */
  readonly answer: RegExp;
}

interface Wish {
  readonly said: string;
  /** What is recognised of it. */
  readonly heard: string;
  readonly calls: readonly Kind[];
}

const wishes = (): readonly Wish[] => [
  {
    said: 'Please make an echo.',
    heard: 'echo',
    calls: [
      { kind: 'text', tool: 'everything__echo', args: { message: 'hi' }, answer: /"output":"Echo: hi"/ },
      {
        kind: 'an argument that the profile fixes',
        tool: 'everything__get-sum',
        args: { a: 2 },
        answer: /The sum of 2 and 40 is 42/,
      },
    ],
  },
  {
    said: 'How is the weather today?',
    heard: 'weather',
    calls: [
      {
        kind: 'structured content',
        tool: 'everything__get-structured-content',
        args: { location: 'New York' },
        answer: /"temperature":\d+.*"conditions":"/,
      },
    ],
  },
  {
    said: 'Show me a little picture.',
    heard: 'picture',
    calls: [
      {
        kind: 'an image',
        tool: 'everything__get-tiny-image',
        answer: /\[image image\/png, attached\].*"parts":\[\{"inlineData":\{"mimeType":"image\/png","data":"/,
      },
      {
        kind: 'an embedded resource',
        tool: 'everything__get-resource-reference',
        args: { resourceType: 'Text', resourceId: 1 },
        answer: /Resource 1/,
      },
      {
        kind: 'links',
        tool: 'everything__get-resource-links',
        args: { count: 2 },
        answer: /demo:\/\/resource/,
      },
    ],
  },
  {
    said: 'Start the long operation.',
    heard: 'operation',
    calls: [
      {
        kind: 'progress',
        tool: 'everything__trigger-long-running-operation',
        args: { duration: 0.4, steps: 2 },
        answer: /Long running operation completed/,
      },
    ],
  },
  {
    said: 'What is in the document?',
    heard: 'document',
    calls: [
      {
        kind: 'a file',
        tool: 'files__read_text_file',
        args: { path: join(folder, 'note.txt') },
        answer: /the answer is 42/,
      },
      {
        kind: 'an error of the tool',
        tool: 'files__read_text_file',
        args: { path: '/etc/passwd' },
        answer: /"error":\{"code":"failed","message":"Access denied/,
      },
    ],
  },
  {
    said: 'Remember that I like coffee.',
    heard: 'coffee',
    calls: [
      {
        kind: 'writing',
        tool: 'memory__create_entities',
        args: { entities: [{ name: 'Ana', entityType: 'person', observations: ['likes coffee'] }] },
        answer: /likes coffee/,
      },
    ],
  },
  {
    said: 'What do you know about me?',
    heard: 'know about',
    calls: [{ kind: 'reading what was written', tool: 'memory__read_graph', answer: /likes coffee/ }],
  },
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcp-voice-'));
  await writeFile(join(folder, 'note.txt'), 'the answer is 42');
  [livekit, liveApi, speech] = await Promise.all([
    startLivekitServer(),
    startLiveApi({
      modelDir: MODEL_DIR,
      pace: 'prompt',
      scenario: {
        otherwise: 'silence',
        rules: wishes().map(({ heard, calls }) => ({
          when: { heard },
          do: [{ calls: calls.map(({ kind, tool, args }) => ({ name: tool, id: kind, args: { ...args } })) }],
        })),
      },
    }),
    loadSpeech(),
  ]);
});
afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Says it again where it was not understood, as a person would. */
async function sayUntilCalled(person: Person, said: string, isDone: () => boolean): Promise<void> {
  for (let times = 0; times < 3 && !isDone(); times++) {
    await speech.say(person, said);
    await vi.waitFor(() => expect(isDone(), said).toBe(true), { timeout: 8_000 }).catch(() => {});
  }
  expect(isDone(), `understood: ${said}`).toBe(true);
}

test('three servers of others: each kind of tool is called by voice and answered', async () => {
  await using tools = await deploymentOf({
    everything: stdioServer('server-everything', 'stdio'),
    files: stdioServer('server-filesystem', folder),
    memory: {
      ...stdioServer('server-memory'),
      env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
    } as McpServerConfig,
  });
  await using call = await startReadyCall({
    livekit,
    liveApi,
    tools,
    profile: {
      instructions: 'Be kind.',
      mcp: {
        everything: { arguments: { 'get-sum': { b: 40 } } },
        files: { tools: ['read_text_file'] },
        memory: {},
      },
    },
  });
  const { session, person } = call;
  const declared = declarationsOf(session);
  expect(declared.find(({ name }) => name === 'everything__get-sum')?.parameters).toEqual({
    type: 'OBJECT',
    properties: { a: { type: 'NUMBER', description: 'First number' } },
    required: ['a'],
  });
  expect(declared.flatMap(({ name }) => (name.startsWith('files__') ? [name] : []))).toEqual([
    'files__read_text_file',
  ]);
  expect(JSON.stringify(session.received[0])).toMatch(
    /Be kind\.\\n\\nTools whose names begin with everything__:/,
  );

  const isLast = ({ willContinue }: FunctionResponse): boolean => willContinue !== true;
  const answersTo = (kind: string): FunctionResponse[] =>
    responsesOf(session).filter(({ id }) => id === kind);
  for (const { said, calls } of wishes()) {
    await sayUntilCalled(person, said, () => calls.every(({ kind }) => answersTo(kind).some(isLast)));
    for (const { kind, answer } of calls)
      expect(JSON.stringify(answersTo(kind).at(-1)), kind).toMatch(answer);
  }
  expect(answersTo('progress')[0]).toMatchObject({
    willContinue: true,
    scheduling: 'SILENT',
    response: { progress: 1, total: 2 },
  });
  const kinds = wishes().flatMap(({ calls }) => calls.map(({ kind }) => kind));
  await person.waitFor(() => eventsOf(person, 'tool.result').length > kinds.length, 15_000);
  expect(eventsOf(person, 'tool.call').map(({ id, participant }) => [id, participant])).toEqual(
    kinds.map((kind) => [kind, 'ana']),
  );
});
