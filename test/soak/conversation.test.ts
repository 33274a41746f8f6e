// A conversation of 40 turns in ten minutes by a scripted person in a real room: `npm run soak -- conversation`. SOAK_TURNS=12 takes three minutes.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import { Flite } from '../../live-api/src/speech/flite.js';
import { speakingVoice } from '../../live-api/src/speech/voices.js';
import { watchSlowness } from '../../live-api/test/support/slowness.js';
import { startCall } from '../support/call.js';
import { EXCHANGES } from '../support/conversation.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { MODEL_DIR } from '../support/model-dir.js';
import { wordErrorRate, wordsOf } from '../support/words.js';

const TURNS = Math.min(EXCHANGES.length, Number(process.env.SOAK_TURNS ?? EXCHANGES.length));
const VOICE_RATE = 16_000;
/** A turn begins every so often: 40 fill ten minutes. */
const TURN_MS = 15_000;
/** The agent has spoken and its last sound has reached the person. */
const OVER_MS = 500;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startLiveApi({ modelDir: MODEL_DIR })]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test(`each of ${TURNS} turns is answered, no caption is lost, and the last answers come as soon as the first`, async () => {
  const script = EXCHANGES.slice(0, TURNS);
  const flite = await Flite.load();
  const voices = script.map(({ said }) => flite.speak(said, speakingVoice('Charon')));
  await using call = await startCall({
    livekit,
    liveApi,
    profile: { live: { realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 500 } } } },
  });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  const slowness = watchSlowness();
  const beganMs = Date.now();
  const latenciesMs: number[] = [];
  const wrong: string[] = [];
  const allHeard: string[] = [];
  const sent = { inputTranscription: '', outputTranscription: '' };
  const seen = new Set<unknown>();
  /** After each turn: the local Live API keeps the newest 16 MB of a session, which is about half of it. */
  const collectSent = (): void => {
    const sessions = liveApi.sessions.filter(({ key }) => key === 'test-key');
    for (const message of sessions.flatMap((session) => session.sent)) {
      if (seen.has(message)) continue;
      seen.add(message);
      const { serverContent } = message as { serverContent?: Contents };
      sent.inputTranscription += serverContent?.inputTranscription?.text ?? '';
      sent.outputTranscription += serverContent?.outputTranscription?.text ?? '';
    }
  };
  for (const [index, { said, answer }] of script.entries()) {
    await until(beganMs + index * TURN_MS);
    const { latencyMs, heard, replied } = await exchange(person, voices[index]!);
    latenciesMs.push(latencyMs);
    console.log(
      `${String(index + 1).padStart(2)} ${Math.round((Date.now() - beganMs) / 1000)} s ${Math.round(latencyMs)} ms: ${heard} | ${replied}`,
    );
    if (!answer.test(replied)) wrong.push(`${said} ${heard} | ${replied}`);
    allHeard.push(heard);
    collectSent();
  }
  const tookMs = Date.now() - beganMs;
  const captions = person.captions().filter(({ final }) => final);
  const shown = (identity: string) =>
    captions
      .filter((caption) => caption.identity === identity)
      .map(({ text }) => text)
      .join(' ');
  const quarter = Math.max(3, Math.floor(TURNS / 4));
  const [first, last] = [median(latenciesMs.slice(0, quarter)), median(latenciesMs.slice(-quarter))];
  console.log(
    `${TURNS} turns in ${Math.round(tookMs / 1000)} s; end of speech to first audio: median ${Math.round(median(latenciesMs))} ms, ` +
      `first quarter ${Math.round(first)}, last quarter ${Math.round(last)}, worst ${Math.round(Math.max(...latenciesMs))} ms`,
  );
  expect(latenciesMs).toHaveLength(TURNS);
  expect(wordErrorRate(script.map(({ said }) => said).join(' '), allHeard.join(' '))).toBeLessThanOrEqual(
    0.1,
  );
  expect(wordsOf(shown(person.identity))).toEqual(wordsOf(sent.inputTranscription));
  expect(wordsOf(shown(person.agent()!.identity))).toEqual(wordsOf(sent.outputTranscription));
  // A small recogniser may get one word in ten of the person's voice wrong, and an answer with it.
  expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(Math.ceil(TURNS / 10));
  expect(last - first).toBeLessThan(300 * slowness().mean);
});

interface Contents {
  readonly inputTranscription?: { readonly text: string };
  readonly outputTranscription?: { readonly text: string };
}

interface Exchange {
  /** From the end of what the person said to the agent's first sound. */
  readonly latencyMs: number;
  /** The captions of it. */
  readonly heard: string;
  readonly replied: string;
}

async function exchange(person: Person, voice: Int16Array): Promise<Exchange> {
  const turns = completed(person);
  const before = person.captions().length;
  const { endedAtMs } = await person.speak(voice, VOICE_RATE);
  await person.waitFor(() => completed(person) > turns, 60_000);
  const final = (identity: string | undefined) =>
    person
      .captions()
      .slice(before)
      .filter((caption) => caption.final && caption.identity === identity)
      .map(({ text }) => text)
      .join(' ');
  await person.waitFor(() => final(person.identity) !== '' && final(person.agent()?.identity) !== '', 10_000);
  await person.waitFor(() => {
    const recording = person.heard();
    const { startedAtMs = 0, durationMs } = recording;
    return startedAtMs + durationMs - (recording.lastSoundAtMs() ?? 0) > OVER_MS;
  }, 10_000);
  const firstMs = person.heard().firstSoundAtMs(endedAtMs);
  if (firstMs === undefined) throw new Error(`the answer was not heard: ${person.describe()}`);
  return {
    latencyMs: firstMs - endedAtMs,
    heard: final(person.identity),
    replied: final(person.agent()?.identity),
  };
}

function completed(person: Person): number {
  return person.events().filter((event) => event.type === 'turn' && event.phase === 'completed').length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

async function until(atMs: number): Promise<void> {
  // biome-ignore lint/plugin: real time is the subject: the pace of a conversation
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - Date.now())));
}
