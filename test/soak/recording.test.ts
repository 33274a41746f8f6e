// Minutes of talk with goAway every 30 s, and the same without: a listener's recordings have the same gaps.
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import { startCall } from '../support/call.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { MODEL_DIR } from '../support/model-dir.js';
import { gaps } from '../support/tone.js';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 10);
const GO_AWAY_EVERY_MS = 30_000;
/** Silence inside an answer that a listener would notice. */
const GAP_MS = 100;
/** Network and jitter buffer move the edges of a pause by this much. */
const TOLERANCE_MS = 80;
const STORY =
  'Once there was a small boat that wanted to cross the sea. Every morning it looked at the waves, and every evening ' +
  'it said that tomorrow would be the day. Then a gull came by and told it of an island with white sand.';

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([
    startLivekitServer(),
    startLiveApi({
      modelDir: MODEL_DIR,
      record: false,
      answerer: () => ({
        answer: () => ({ kind: 'text', text: STORY }),
        answerToolResult: () => 'Done.',
        remember: () => {},
      }),
    }),
  ]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test(`${MINUTES} minutes with goAway every 30 s have no gap that the same talk without has not`, async () => {
  const [undisturbed, disturbed] = [await talk(false), await talk(true)];
  console.log(
    `pauses of an answer without goAway: ${undisturbed[0]?.join(', ')} ms; rotations: ${rotations}`,
  );
  expect(rotations).toBeGreaterThanOrEqual(Math.floor((MINUTES * 60_000) / GO_AWAY_EVERY_MS) - 2);
  const reference = undisturbed[0] ?? [];
  const longest = Math.max(...undisturbed.flat());
  for (const pauses of [...undisturbed, ...disturbed]) expect(pauses).toHaveLength(reference.length);
  for (const pauses of disturbed) {
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeLessThanOrEqual((reference[index] ?? 0) + TOLERANCE_MS);
      expect(pause).toBeLessThanOrEqual(longest + TOLERANCE_MS);
    }
  }
});

let rotations = 0;

/** The pauses inside each answer, as the listener has them. */
async function talk(withGoAway: boolean): Promise<number[][]> {
  await using call = await startCall({ livekit, liveApi });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 15_000);
  // Undisturbed, a fifth of the time tells the same.
  const endMs = Date.now() + MINUTES * 60_000 * (withGoAway ? 1 : 0.2);
  const timer = withGoAway
    ? setInterval(() => liveApi.faults.goAway({ timeLeftMs: 25_000 }), GO_AWAY_EVERY_MS)
    : undefined;
  const pauses: number[][] = [];
  while (Date.now() < endMs) {
    const beforeMs = Date.now();
    const turns = completed(person);
    await person.sendChat('Go on.');
    await person.waitFor(() => completed(person) > turns, 60_000);
    // Let the last of it reach the ear.
    await person.waitFor(
      () => person.heard().durationMs > 0 && Date.now() - (person.heard().lastSoundAtMs() ?? 0) > 400,
      10_000,
    );
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

/** Lengths of the silences between the first sound and the last. */
function inside(samples: Int16Array): number[] {
  return gaps(samples, 24_000, { minMs: GAP_MS }).map(({ fromMs, toMs }) => Math.round(toMs - fromMs));
}
