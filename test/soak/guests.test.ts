// Five guests who do all of it at once beside four people who talk (SOAK_MINUTES, 10): nothing of theirs is lost.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFixture } from '../support/fixtures.js';
import { type Guest, joinGuest } from '../support/guests.js';
import { type Measured, WatchedCall } from '../support/hostile.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 10);
/** The share of the time after which memory has to be level, and what all of them may take until then. */
const WARM_UP = 0.3;
const MOST_MB = 300;
/** This process is the service and all who talk: where it is late, the voice has enough to play. */
const AHEAD_MS = 3_000;
const TALKERS = ['ana', 'ben', 'cem', 'dora'];
/** By whom and how many times in a round: about five seconds of each. */
const DEEDS = [
  ['mallory', 'opens streams and never closes them', 500],
  ['mallory', 'opens byte streams and never closes them', 500],
  ['mallory', 'writes on every topic', 200],
  ['mallory', 'publishes and unpublishes without end', 20],
  ['trudy', 'sends malformed tool answers', 800],
  ['trudy', 'chats without end', 20],
  ['trudy', 'sends packets on every topic', 500],
  ['trudy', 'answers with JSON of odd forms', 50],
  ['oscar', 'sends half characters', 20],
  ['oscar', 'configures with wrong keys', 20],
  ['oscar', 'configures webhooks of its choice', 20],
  ['oscar', 'sends JSON of odd forms', 50],
  ['oscar', 'asks about the session', 200],
  ['eve', 'calls commands without end', 200],
  ['eve', 'sends texts that inflate', 1],
  ['eve', 'calls commands with payloads of megabytes', 20],
  ['eve', 'presses telephone keys', 1_000],
  ['eve', 'sends pictures of 49 and 16 million pixels', 2],
  ['chuck', 'publishes microphones', 10],
  ['chuck', 'shares a screen that is too large', 1],
  ['chuck', 'changes name, metadata and attributes', 60],
  ['chuck', 'joins and leaves without end', 20],
  ['chuck', 'mutes and unmutes without end', 1_000],
] as const;

function report({ tolls, slowness, dryMs, grownMb }: Measured): void {
  const { mean, peak } = slowness;
  console.log(
    `slowness ${mean.toFixed(1)}, at most ${peak.toFixed(1)}; dry ${dryMs} ms, grown ${grownMb} MB`,
  );
  for (const toll of tolls) console.log(JSON.stringify(toll));
}

let livekit: LiveKitServer;

beforeAll(async () => {
  livekit = await startLivekitServer();
});

afterAll(async () => {
  await livekit?.[Symbol.asyncDispose]();
});

test(`${MINUTES} minutes of five guests beside four people who talk`, async () => {
  const clip = await readFixture('goforward');
  await using watched = await WatchedCall.start(livekit, { people: TALKERS, aheadMs: AHEAD_MS });
  const stop = new AbortController();
  const talking = watched.bystanders.map(async ({ person }) => {
    while (!stop.signal.aborted) await person.speak(clip.samples, clip.rate, stop.signal).catch(() => {});
  });
  const names = [...new Set(DEEDS.map(([name]) => name))];
  const guests = await Promise.all(names.map((name) => joinGuest(livekit, watched.room, name)));
  try {
    const rounds = guests.map(() => 0);
    const actFor = async (minutes: number): Promise<void> => {
      const endsMs = performance.now() + minutes * 60_000;
      const act = async (guest: Guest, index: number): Promise<void> => {
        const own = DEEDS.filter(([name]) => name === names[index]);
        while (performance.now() < endsMs) {
          const round = rounds[index] ?? 0;
          rounds[index] = round + 1;
          const [, what, times] = own[round % own.length] ?? DEEDS[0];
          await guest.does(what, times);
        }
      };
      await Promise.all(guests.map(act));
    };
    // What all kinds of deeds together take, the largest picture and payloads among them, is taken once.
    report(await watched.isUndisturbedBy(() => actFor(MINUTES * WARM_UP), { grownMb: MOST_MB }));
    report(await watched.isUndisturbedBy(() => actFor(MINUTES * (1 - WARM_UP))));
    // The model has heard those who talk all the while.
    expect(watched.speech.heardMs).toBeGreaterThan(MINUTES * 60_000 * 0.9);
  } finally {
    stop.abort();
    for (const guest of guests) await guest[Symbol.asyncDispose]();
    await Promise.all(talking);
  }
});
