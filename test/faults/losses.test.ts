// Every kind of loss in a real room with a person who speaks throughout: the conversation goes on by itself.
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import type { AgentEvent } from '../../cli/received-messages.js';
import type { Wav } from '../../cli/wav.js';
import { startCall, type TestCall } from '../support/call.js';
import { readFixture } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { MODEL_DIR } from '../support/model-dir.js';
import { wordsOf } from '../support/words.js';
import { LOSSES, type Loss, type Phase } from './losses.js';

/** What the room may lose over what the service itself needs. */
const ALLOWED_MS = 1_000;
/** Said in the gap; every word of it has to be heard by the session that comes after. */
const GAP_WORDS = ['go', 'forward', 'ten', 'meters'];

const PROFILE = {
  tools: [
    {
      declaration: {
        name: 'get_weather',
        description: 'Get the current weather for a city',
        parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] },
      },
      run: { by: 'participant' },
      timeoutMs: 60_000,
    },
  ],
};

interface Row {
  readonly loss: string;
  readonly phase: Phase;
  readonly outageMs: number;
  readonly serviceMs: number;
  readonly restored: string;
  readonly understoodMs: number;
}

let livekit: LiveKitServer;
let liveApi: LiveApiServer;
let clip: Wav;
const rows: Row[] = [];

beforeAll(async () => {
  [livekit, liveApi, clip] = await Promise.all([
    startLivekitServer(),
    startLiveApi({ modelDir: MODEL_DIR }),
    readFixture('goforward'),
  ]);
});

afterAll(async () => {
  console.log(table(rows));
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

describe.each(LOSSES)('$name', (loss: Loss) => {
  test('goes on by itself, with every word that was said meanwhile', { timeout: 150_000 }, async () => {
    liveApi.faults.clear();
    await using call = await startCall({ livekit, liveApi, profile: PROFILE });
    const { person } = call;
    const tool = slowTool(person);
    const voices: string[] = [];
    person.on((personEvent) => {
      if (personEvent.type === 'voice-started' || personEvent.type === 'voice-stopped')
        voices.push(personEvent.type);
    });
    await person.waitFor(() => person.state() === 'listening', 15_000);
    const speaking = await reach(loss.phase, call);
    const strikeMs = Date.now();
    const before = liveApi.sessions.at(-1)?.id;
    loss.strike(liveApi);
    if (loss.again) await strikeAgain(loss, person, before);
    await speaking;
    // What the person says now falls into the gap, or right after it.
    if (loss.phase !== 'user-speaking') await person.speak(clip.samples, clip.rate);

    await person.waitFor(() => missing(saidSince(person, strikeMs)).length === 0, 60_000);
    const understoodMs = Date.now();
    await person.waitFor(() => answeredSince(person, understoodMs - 500), 60_000);
    // An orderly change waits for a quiet moment, which comes after the answer.
    if (loss.restored) await person.waitFor(() => outageOf(person, strikeMs)?.restored, 60_000);
    const said = saidSince(person, strikeMs);
    const outage = outageOf(person, strikeMs);
    rows.push({
      loss: loss.name,
      phase: loss.phase,
      outageMs: outage?.ms ?? 0,
      serviceMs: loss.serviceNeedsMs,
      restored: outage?.restored ?? 'not needed',
      understoodMs: understoodMs - strikeMs,
    });
    if (loss.phase === 'tool-in-flight') {
      tool.finish();
      await person.waitFor(() => answersOf(person).includes('twenty one'), 30_000);
    }
    expect(voices).toEqual(['voice-started']);
    expect(outage?.restored).toBe(loss.restored);
    expect(outage?.ms ?? 0).toBeLessThanOrEqual(loss.serviceNeedsMs + ALLOWED_MS);
    if (loss.orderly) expect(repeated(said)).toEqual([]);
    expect(call.ended).toBeUndefined();
  });
});

/** A tool of the person's client that takes as long as the test wants. */
function slowTool(person: Person): { finish(): void } {
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  person.registerRpc('get_weather', async () => {
    await finished;
    return JSON.stringify({ temperature: 'twenty one degrees' });
  });
  return { finish: () => finish() };
}

function answersOf(person: Person): string {
  return person
    .captions()
    .filter(({ final, segmentId }) => final && segmentId.includes('_agent_'))
    .map(({ text }) => text.toLowerCase())
    .join(' ');
}

/** Brings the conversation to a phase; resolves with what the person is still saying. */
async function reach(phase: Phase, { person }: TestCall): Promise<Promise<unknown>> {
  switch (phase) {
    case 'idle': {
      await say(person, 'Hello.');
      return Promise.resolve();
    }
    case 'user-speaking': {
      const speaking = person.speak(clip.samples, clip.rate);
      await person.waitFor(() => person.events().some(({ type }) => type === 'speech'), 10_000);
      return speaking;
    }
    case 'waiting-for-model': {
      await person.speak(clip.samples, clip.rate);
      await person.waitFor(() => person.state() === 'thinking', 10_000);
      return Promise.resolve();
    }
    case 'tool-in-flight': {
      await person.sendChat('What is the weather in Paris?');
      await person.waitFor(() => person.events().some(({ type }) => type === 'tool.call'), 15_000);
      return Promise.resolve();
    }
    case 'model-speaking': {
      await person.sendChat('Please tell me a long story.');
      await person.waitFor(() => person.heard().soundMs() > 1_500, 15_000);
      return Promise.resolve();
    }
  }
}

async function say(person: Person, text: string): Promise<void> {
  const before = Date.now();
  await person.sendChat(text);
  await person.waitFor(() => answeredSince(person, before), 20_000);
}

/** A second blow, while the next connection has been asked for and is not open. */
async function strikeAgain(loss: Loss, person: Person, before: string | undefined): Promise<void> {
  await person.waitFor(() => {
    const next = liveApi.sessions.at(-1);
    return next?.id !== before && next?.state === 'connecting' && next.received.length > 0;
  }, 30_000);
  loss.again?.(liveApi);
}

function answeredSince(person: Person, sinceMs: number): (AgentEvent & { turn?: number }) | undefined {
  return person
    .events()
    .find((event) => event.type === 'turn' && event.phase === 'completed' && event.at > sinceMs + 500);
}

function saidSince(person: Person, sinceMs: number): string {
  return person
    .captions()
    .filter(({ final, segmentId, atMs }) => final && segmentId.includes('_user_') && atMs > sinceMs - 2_000)
    .map(({ text }) => text)
    .join(' ');
}

function missing(said: string): string[] {
  const words = wordsOf(said);
  return GAP_WORDS.filter((word) => !words.includes(word));
}

function repeated(said: string): string[] {
  const words = wordsOf(said);
  return GAP_WORDS.filter((word) => words.filter((each) => each === word).length > 1);
}

function outageOf(person: Person, sinceMs: number): { ms: number; restored: string } | undefined {
  const sessions = person.events().filter((event) => event.type === 'session' && event.at >= sinceMs - 50);
  const lost = sessions.find((event) => event.state === 'rotating');
  const open = sessions.findLast((event) => event.state === 'open');
  return lost && open ? { ms: open.at - lost.at, restored: String(open.restored) } : undefined;
}

function table(all: readonly Row[]): string {
  const line = (cells: readonly unknown[]): string => `| ${cells.join(' | ')} |`;
  const head = [
    'loss',
    'when',
    'connection away, ms',
    'of which the service needs',
    'restored',
    'words understood after, ms',
  ];
  const body = all.map((row) =>
    line([row.loss, row.phase, row.outageMs, row.serviceMs, row.restored, row.understoodMs]),
  );
  return ['', line(head), line(head.map(() => '---')), ...body, ''].join('\n');
}
