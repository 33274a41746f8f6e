// Somebody asks aloud, the agent answers aloud: real room, real SDK, real speech, the local Live API.
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import type { Caption } from '../../cli/received-messages.js';
import { startCall } from '../support/call.js';
import { readFixture, SAID } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { MODEL_DIR } from '../support/model-dir.js';
import { transcribe } from '../support/transcribe.js';
import { wordErrorRate, wordsOf } from '../support/words.js';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startLiveApi({ modelDir: MODEL_DIR })]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

function finals(person: Person, side: 'user' | 'agent'): Caption[] {
  return person.captions().filter(({ final, segmentId }) => final && segmentId.includes(`_${side}_`));
}

/** Ids of turn events of a phase, in order. */
function turns(person: Person, phase: string): unknown[] {
  return person
    .events()
    .filter((event) => event.type === 'turn' && (event as { phase?: unknown }).phase === phase)
    .map((event) => (event as { turn?: unknown }).turn);
}

test('a spoken question is understood, answered aloud, and captioned once on each side', async () => {
  await using call = await startCall({ livekit, liveApi });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening' && person.listenedTo, 15_000);
  const wav = await readFixture('jfk');
  await person.speak(wav.samples, wav.rate);
  await person.waitFor(() => turns(person, 'completed').length > 0, 30_000);
  await person.waitFor(() => finals(person, 'agent').length > 0, 15_000);

  const said = finals(person, 'user');
  expect(wordErrorRate(SAID.jfk, said.map(({ text }) => text).join(' '))).toBeLessThanOrEqual(3 / 22);
  expect(new Set(said.map(({ segmentId }) => segmentId)).size).toBe(said.length);
  expect(new Set(said.map(({ identity }) => identity))).toEqual(new Set(['ana']));

  const answers = finals(person, 'agent');
  expect(new Set(answers.map(({ segmentId }) => segmentId)).size).toBe(answers.length);
  expect(answers.every(({ identity }) => identity === 'agent-gemini')).toBe(true);
  expect(person.heard().soundMs()).toBeGreaterThan(1_000);

  const again = await transcribe(person.heard().samples(), 24_000, liveApi.url);
  const answered = answers.at(-1)?.text ?? '';
  expect(wordsOf(answered).length).toBeGreaterThan(3);
  expect(wordErrorRate(answered, again)).toBeLessThan(0.35);
}, 90_000);

test('events come in order, each turn begins and ends once, and the state follows the conversation', async () => {
  await using call = await startCall({ livekit, liveApi });
  const { person } = call;
  const states: string[] = [];
  person.on((personEvent) => {
    if (personEvent.type === 'agent-state') states.push(personEvent.state);
  });
  await person.waitFor(() => person.state() === 'listening' && person.listenedTo, 15_000);
  const wav = await readFixture('goforward');
  await person.speak(wav.samples, wav.rate);
  await person.waitFor(() => turns(person, 'completed').length > 0, 30_000);
  await person.waitFor(() => person.state() === 'listening', 15_000);
  await person.waitFor(() => person.events().some(({ type }) => type === 'usage'), 15_000);

  const sequence = person.events().map(({ seq }) => seq);
  expect(sequence).toEqual(sequence.map((_, index) => index + 1));
  expect(turns(person, 'started')).toEqual([1]);
  expect(turns(person, 'completed')).toEqual([1]);
  expect(turns(person, 'interrupted')).toEqual([]);
  expect(states.slice(states.indexOf('thinking'))).toEqual(['thinking', 'speaking', 'listening']);
  const types = new Set(person.events().map(({ type }) => type));
  for (const type of ['session', 'speech', 'turn', 'usage', 'latency']) expect(types).toContain(type);
  expect(liveApi.sessions.filter((session) => session.received.length > 0).length).toBeGreaterThan(0);
}, 60_000);

test('a barge-in silences the voice at once and cuts the caption to what was heard', async () => {
  await using call = await startCall({ livekit, liveApi });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  await person.sendChat('Please tell me a long story.');
  await person.waitFor(() => person.heard().soundMs() > 2_500, 30_000);
  const wav = await readFixture('goforward');
  const speaking = person.speak(wav.samples, wav.rate);
  await person.waitFor(() => turns(person, 'interrupted').length > 0, 10_000);
  await speaking;
  const interrupted = person
    .events()
    .find((event) => event.type === 'turn' && (event as { phase?: unknown }).phase === 'interrupted') as
    | { at: number; playedMs: number; turn: number }
    | undefined;
  if (!interrupted) throw new Error('no turn was interrupted');
  const caption = await person.waitFor(
    () => finals(person, 'agent').find(({ segmentId }) => segmentId.endsWith(`_${interrupted.turn}`)),
    5_000,
  );
  // The answer to "go forward" must not count: look at what was heard before it began.
  await person.waitFor(() => turns(person, 'started').length > 1, 30_000);

  expect(interrupted.playedMs).toBeGreaterThan(2_000);
  expect(Math.abs(interrupted.playedMs - heardBefore(person, interrupted.at + 400))).toBeLessThan(700);
  // A long story at the same pace has far more words than were heard of it.
  const heardWords = wordsOf(caption.text).length;
  expect(heardWords).toBeGreaterThan(2);
  expect(heardWords).toBeLessThan(wordsOf(fullAnswer()).length / 2);
  const silentAfterMs = silenceBegins(person, interrupted.at) - interrupted.at;
  expect(silentAfterMs).toBeLessThan(250);
}, 90_000);

/** Sound and the pauses in it, from the first sound on until a moment, in ms. */
function heardBefore(person: Person, atMs: number): number {
  const first = person.heard().firstSoundAtMs();
  const last = [...person.heard().stretches()]
    .map(({ toMs }) => (person.heard().startedAtMs ?? 0) + toMs)
    .filter((endMs) => endMs <= atMs + 50)
    .at(-1);
  return first === undefined || last === undefined ? 0 : last - first;
}

/** When the voice fell silent after a moment, epoch ms. */
function silenceBegins(person: Person, atMs: number): number {
  const started = person.heard().startedAtMs ?? 0;
  const stretch = person
    .heard()
    .stretches(undefined, 60)
    .find(({ toMs }) => started + toMs >= atMs);
  return stretch && started + stretch.fromMs <= atMs ? started + stretch.toMs : atMs;
}

/** Everything that the model wrote of the answer that was cut off. */
function fullAnswer(): string {
  return (liveApi.sessions.at(-1)?.sent ?? [])
    .map((message) => message.serverContent as { outputTranscription?: { text?: string } } | undefined)
    .map((content) => content?.outputTranscription?.text ?? '')
    .join('');
}
