// Minutes of talk with goAway every 30 s, and the same without: a listener's recordings have the same gaps.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import { startCall } from '../support/call.js';
import { readFixture } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startSameAnswer } from '../support/short-answers.js';
import { envelopeOf, gaps, stretchesOf } from '../support/tone.js';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 10);
const RATE = 24_000;
const GO_AWAY_EVERY_MS = 30_000;
/** Silence inside an answer that a listener would notice. */
const GAP_MS = 100;
/** Shorter ones of the talk without goAway are known as well: one at the threshold is no gap the next time. */
const KNOWN_FROM_MS = 40;
/** Network and jitter buffer move the edges of a pause by this much, */
const TOLERANCE_MS = 80;
/** and all that went before it moves its place. */
const PLACE_MS = 200;
const STORY =
  'Once there was a small boat that wanted to cross the sea. Every morning it looked at the waves, and every evening ' +
  'it said that tomorrow would be the day. Then a gull came by and told it of an island with white sand.';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startSameAnswer(STORY, { record: false })]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test(`${MINUTES} minutes with goAway every 30 s have no gap that the same talk without has not`, async () => {
  const [undisturbed, disturbed] = [await talk(false), await talk(true)];
  const known = undisturbed.flat();
  const longest = Math.max(...disturbed.flat().map(({ lengthMs }) => lengthMs));
  console.log(
    `${disturbed.length} answers over ${rotations} rotations, longest pause ${longest} ms; ` +
      `without goAway ${undisturbed.length} answers, longest pause ${Math.max(...known.map(({ lengthMs }) => lengthMs))} ms`,
  );
  expect(rotations).toBeGreaterThanOrEqual(Math.floor((MINUTES * 60_000) / GO_AWAY_EVERY_MS) - 2);
  expect(disturbed.flat().length).toBeGreaterThan(disturbed.length);
  const gapsOfTheirOwn = disturbed.flatMap((pauses, answer) =>
    pauses
      .filter(({ lengthMs }) => lengthMs >= GAP_MS)
      .filter((pause) => !known.some((each) => isSame(pause, each)))
      .map(({ atMs, lengthMs }) => `answer ${answer + 1}, after ${atMs} ms: ${lengthMs} ms`),
  );
  expect(gapsOfTheirOwn).toEqual([]);
});

/** At the same place of the answer, and not longer than network and jitter buffer make it. */
function isSame(pause: Pause, known: Pause): boolean {
  const isHere = Math.abs(pause.atMs - known.atMs) <= PLACE_MS;
  return isHere && pause.lengthMs <= known.lengthMs + TOLERANCE_MS;
}

interface Pause {
  /** Since the first sound of the answer. */
  readonly atMs: number;
  readonly lengthMs: number;
}

let rotations = 0;

/** A person asks aloud, again and again. The pauses inside each answer, as the listener has them. */
async function talk(withGoAway: boolean): Promise<Pause[][]> {
  const clip = await readFixture('goforward');
  await using call = await startCall({ livekit, liveApi });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  // Undisturbed, a fifth of the time tells the same.
  const endMs = Date.now() + MINUTES * 60_000 * (withGoAway ? 1 : 0.2);
  const timer = withGoAway
    ? setInterval(() => liveApi.faults.goAway({ timeLeftMs: 25_000 }), GO_AWAY_EVERY_MS)
    : undefined;
  const pauses: Pause[][] = [];
  while (Date.now() < endMs) {
    const turns = completed(person);
    const beforeMs = Date.now();
    await person.speak(clip.samples, clip.rate);
    await person.waitFor(() => completed(person) > turns, 60_000);
    // Let the last of it reach the ear.
    await person.waitFor(() => {
      const { startedAtMs = 0, durationMs } = person.heard();
      return durationMs > 0 && startedAtMs + durationMs - (person.heard().lastSoundAtMs() ?? 0) > 400;
    }, 10_000);
    const started = person.heard().startedAtMs ?? 0;
    const answer = person.heard().samples(beforeMs - started, Date.now() - started);
    pauses.push(inside(answer));
  }
  clearInterval(timer);
  if (withGoAway) {
    rotations = person
      .events()
      .filter((event) => event.type === 'session' && event.restored === 'resumed').length;
  }
  return pauses;
}

function completed(person: Person): number {
  return person.events().filter((event) => event.type === 'turn' && event.phase === 'completed').length;
}

/** The silences between the first sound and the last. */
function inside(samples: Int16Array): Pause[] {
  const onsetMs = stretchesOf(envelopeOf(samples, RATE))[0]?.fromMs ?? 0;
  return gaps(samples, RATE, { minMs: KNOWN_FROM_MS }).map(({ fromMs, toMs }) => ({
    atMs: Math.round(fromMs - onsetMs),
    lengthMs: Math.round(toMs - fromMs),
  }));
}
