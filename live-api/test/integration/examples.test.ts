// The scenarios in examples/scenarios: each loads, and does what its first lines say.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Behavior, type LiveConnectConfig } from '@google/genai';
import { describe, expect, it } from 'vitest';
import { type LiveApiServer, readScenarioFile, startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { quickSpeech } from '../support/quick-speech.js';
import { connectSdk, isTurnComplete, type SdkClient, spoken } from '../support/sdk-client.js';

const folder = fileURLToPath(new URL('../../../examples/scenarios/', import.meta.url));
const names = readdirSync(folder).sort();

const start = async (name: string) =>
  startLiveApi({
    speech: quickSpeech(),
    pace: 'prompt',
    answerer: briefAnswerer(),
    scenario: await readScenarioFile(`${folder}${name}.yaml`),
  });

const connect = ({ url }: LiveApiServer, config: LiveConnectConfig = {}) =>
  connectSdk(url, { config: { outputAudioTranscription: {}, ...config } });

const declare = (...functions: string[]): LiveConnectConfig => ({
  tools: [{ functionDeclarations: functions.map((name) => ({ name, behavior: Behavior.NON_BLOCKING })) }],
});

/** Writes something, and tells what was said to it. */
async function ask(client: SdkClient, text: string): Promise<string> {
  const from = client.received.length;
  client.session.sendRealtimeInput({ text });
  await client.waitFor(isTurnComplete, from);
  return spoken(client.messages.slice(from));
}

async function respond(client: SdkClient, name: string, response: Record<string, unknown>): Promise<string> {
  const from = client.received.length;
  const calls = client.messages.flatMap(({ toolCall }) => toolCall?.functionCalls ?? []);
  const id = calls.findLast((call) => call.name === name)?.id ?? '';
  client.session.sendToolResponse({ functionResponses: [{ id, name, response }] });
  await client.waitFor(isTurnComplete, from);
  return spoken(client.messages.slice(from));
}

it.each(names)('%s loads', async (name) => {
  const scenario = await readScenarioFile(`${folder}${name}`);
  expect(scenario.rules.length).toBeGreaterThan(0);
});

it('each has a test of its own below', () => {
  expect(names).toEqual(
    ['bad-lines', 'greeting', 'outage', 'search-and-code', 'service-faults', 'tools'].map((n) => `${n}.yaml`),
  );
});

it('greeting welcomes, answers by its rules, and leaves the rest to the model', async () => {
  await using server = await start('greeting');
  await using client = await connect(server);
  await client.waitFor(isTurnComplete);
  expect(spoken(client.messages)).toBe('Welcome to the museum. What would you like to know?');
  expect(await ask(client, 'What are your opening hours?')).toMatch(/^We are open from ten/);
  expect(await ask(client, 'Can you hear me?')).toBe('Yes, I can.');
  expect(await ask(client, 'Good bye!')).toBe('Goodbye, and come again.');
});

describe('tools', () => {
  it('calls with the arguments of the scenario and answers by the response', async () => {
    await using server = await start('tools');
    await using client = await connect(server, declare('get_weather', 'play_music', 'set_volume'));
    await ask(client, 'How is the weather?');
    expect(client.messages.find(({ toolCall }) => toolCall)?.toolCall?.functionCalls).toMatchObject([
      { name: 'get_weather', args: { city: 'Rome' } },
    ]);
    expect(await respond(client, 'get_weather', { sky: 'rain' })).toBe('Take an umbrella.');
    await ask(client, 'And the weather now?');
    expect(await respond(client, 'get_weather', { sky: 'clear' })).toBe('No umbrella today.');
    const from = client.received.length;
    await ask(client, 'Some music, please.');
    const calls = client.messages.slice(from).flatMap(({ toolCall }) => toolCall?.functionCalls ?? []);
    expect(calls.map(({ id }) => id)).toEqual(['call-volume', 'call-music']);
    expect(await ask(client, 'More music, please.')).toBe('Yes, I can.');
  });
});

it('search-and-code sends parts of every kind, sources and a reason, and keeps silent otherwise', async () => {
  await using server = await start('search-and-code');
  await using client = await connect(server);
  client.session.sendRealtimeInput({ text: 'Good morning' });
  expect(await ask(client, 'What is six times seven?')).toBe('It is forty two.');
  const parts = client.messages.flatMap(({ serverContent }) => serverContent?.modelTurn?.parts ?? []);
  expect(parts.flatMap((part) => Object.keys(part)).slice(0, 4)).toEqual([
    'text',
    'thought',
    'executableCode',
    'codeExecutionResult',
  ]);
  const from = client.received.length;
  expect(await ask(client, 'Which is the highest mountain?')).toBe('Mount Everest.');
  const contents = client.messages.slice(from).flatMap(({ serverContent }) => serverContent ?? []);
  expect(contents.find(({ groundingMetadata }) => groundingMetadata)?.groundingMetadata).toMatchObject({
    groundingChunks: [{ web: { title: 'Mount Everest' } }],
  });
  expect(contents.find(({ turnComplete }) => turnComplete)?.turnCompleteReason).toBe('NEED_MORE_INPUT');
});

it('outage turns away, slows down, says goAway and ends; a message can end it sooner', async () => {
  await using server = await start('outage');
  await expect(connect(server)).rejects.toMatchObject({ code: 1006 });
  await using client = await connect(server);
  await client.waitFor(({ goAway }) => goAway?.timeLeft === '0.400s');
  expect(await client.closed).toMatchObject({ code: 1011, reason: expect.stringMatching(/^Deadline/) });
  await using other = await connect(server);
  other.session.sendRealtimeInput({ text: 'lose me' });
  expect(await other.closed).toMatchObject({ code: 1006 });
});

it('bad-lines doubles calls, holds transcripts back, and interrupts without a cause', async () => {
  await using server = await start('bad-lines');
  await using client = await connect(server, declare('look_up'));
  await ask(client, 'double');
  const ids = client.messages.flatMap(({ toolCall }) => toolCall?.functionCalls?.map(({ id }) => id) ?? []);
  expect(new Set(ids).size).toBe(2);
  const from = client.received.length;
  client.session.sendRealtimeInput({ text: 'phantom' });
  await client.waitFor(isTurnComplete, from);
  const kinds = client.messages.slice(from).flatMap(({ serverContent }) => Object.keys(serverContent ?? {}));
  expect(kinds.slice(0, 2)).toEqual(['interimInputTranscription', 'interrupted']);
  const late = client.received.length;
  client.session.sendRealtimeInput({ text: 'late' });
  await client.waitFor(({ serverContent }) => serverContent?.outputTranscription !== undefined, late);
  const heard = client.messages.slice(late).findIndex(({ data }) => data !== undefined);
  const read = client.messages
    .slice(late)
    .findIndex(({ serverContent }) => serverContent?.outputTranscription !== undefined);
  expect(heard).toBeGreaterThan(-1);
  expect(read).toBeGreaterThan(heard);
});

it('service-faults closes, holds back and leaves out what the words say', async () => {
  await using server = await start('service-faults');
  const closedBy = async (text: string) => {
    await using client = await connect(server);
    client.session.sendRealtimeInput({ text });
    return await client.closed;
  };
  expect(await closedBy('poison')).toMatchObject({ code: 1007 });
  expect(await closedBy('poison')).toMatchObject({ code: 1007 });
  expect(await closedBy('unlucky')).toMatchObject({
    code: 1007,
    reason: expect.stringMatching(/^Request trace/),
  });
  expect(await closedBy('broke')).toMatchObject({
    reason: expect.stringMatching(/^Your prepayment credits/),
  });
  await using client = await connect(server);
  await ask(client, 'unlucky');
  await ask(client, 'thoughts');
  const parts = client.messages.flatMap(({ serverContent }) => serverContent?.modelTurn?.parts ?? []);
  expect(parts.filter(({ text }) => text)).toEqual([{ text: 'This is not spoken.' }]);
  const isTranscript = ({ serverContent }: { serverContent?: { outputTranscription?: object } }) =>
    serverContent?.outputTranscription !== undefined;
  await client.waitFor(isTranscript);
  expect(client.messages.findIndex(isTranscript)).toBeGreaterThan(client.messages.findIndex(isTurnComplete));
  const from = client.received.length;
  client.session.sendRealtimeInput({ text: 'deaf' });
  client.session.sendRealtimeInput({ text: 'unfinished' });
  await client.waitFor(({ serverContent }) => serverContent?.generationComplete === true, from);
  expect(client.messages.slice(from).some(isTurnComplete)).toBe(false);
});
