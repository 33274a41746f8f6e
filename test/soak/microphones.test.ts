// Ten minutes of five people with open microphones: what is sent of them stays in real time, and nothing of it is missing.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { NEAR_MS, openMicrophones, stall, talkInTones } from '../support/several-microphones.js';
import { startShortAnswers } from '../support/short-answers.js';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 10);
const ROUND_MS = 27_000;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([
    startLivekitServer(),
    // What is sent is counted on one connection: it has to last as long as the talk.
    startShortAnswers({ limits: { connectionMs: (MINUTES + 10) * 60_000 } }),
  ]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test(`${MINUTES} minutes of five microphones are in real time to within 20 ms, and lose nothing while the process stalls`, async () => {
  const { call, people } = await openMicrophones(5, { livekit, liveApi });
  await using _ = call;
  const rounds = MINUTES * 2;
  const { driftMs, tones } = await talkInTones(people, liveApi, {
    rounds,
    roundMs: ROUND_MS,
    // In the midst of each round.
    meanwhile: () => setTimeout(() => stall(350), ROUND_MS / 2),
  });
  console.log(
    `drift after each ${ROUND_MS / 1_000} s: ${driftMs.join(', ')} ms; tones: ${JSON.stringify(tones)}`,
  );
  for (const ms of driftMs) expect(Math.abs(ms)).toBeLessThanOrEqual(NEAR_MS);
  for (const { spokenMs, sentMs } of tones) expect(sentMs / spokenMs).toBeGreaterThan(0.98);
});
