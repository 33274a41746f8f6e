// What guests did to calls before there were limits, as often and as large as then: the bystander notices nothing of it.
import { afterAll, beforeAll, describe, test } from 'vitest';
import { joinGuest } from '../support/guests.js';
import { WatchedCall } from '../support/hostile.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';

/** What a guest does, how many times, and under which profile. */
const DEEDS = [
  ['opens streams and never closes them', 20_000, {}],
  ['opens byte streams and never closes them', 20_000, {}],
  ['sends malformed tool answers', 16_880, {}],
  ['chats without end', 50, { control: ['ana'], listen: { policy: 'one', participant: 'ana' } }],
  ['sends half characters', 200, {}],
  ['configures with wrong keys', 200, { control: ['mallory', 'ana'] }],
  ['configures webhooks of its choice', 100, { control: ['mallory', 'ana'] }],
  ['calls commands without end', 2_000, {}],
  // The native library holds them (SECURITY.md): 4 MB each, and nothing else.
  ['begins commands of megabytes and never ends them', 10, {}],
  ['writes megabytes to streams that are refused', 4, {}],
  ['sends recordings of megabytes', 8, {}],
  ['sends texts that inflate to 50 MB', 3, {}],
  ['sends texts that inflate to 400 MB', 3, {}],
  ['publishes microphones', 40, {}],
  ['shares a screen of 12288x6912', 1, {}],
  ['shares a screen', 1, { listen: { policy: 'one', participant: 'ana' } }],
] as const;

let livekit: LiveKitServer;

beforeAll(async () => {
  livekit = await startLivekitServer();
});

afterAll(async () => {
  await livekit?.[Symbol.asyncDispose]();
});

describe('a guest', () => {
  test.each(DEEDS)('%s, %d times', async (what, times, profile) => {
    await using watched = await WatchedCall.start(livekit, { profile });
    await using mallory = await joinGuest(livekit, watched.room, 'mallory');
    await watched.isUndisturbedBy(() => mallory.does(what, times));
  });

  test('begins commands of megabytes, leaves and comes again: what it began is freed', async () => {
    await using watched = await WatchedCall.start(livekit);
    await using mallory = await joinGuest(livekit, watched.room, 'mallory');
    const begin = (): Promise<void> => mallory.does('begins commands of megabytes and never ends them', 15);
    await watched.isUndisturbedBy(begin);
    // 120 MB more where nothing is freed.
    await watched.isUndisturbedBy(async () => {
      for (let nth = 0; nth < 2; nth += 1) {
        await mallory.rejoin(`mallory-${nth}-again`);
        await begin();
      }
    });
  }, 300_000);

  test('and three others call commands with payloads of megabytes, 200 times each', async () => {
    await using watched = await WatchedCall.start(livekit);
    const names = ['mallory', 'trudy', 'oscar', 'eve'];
    const guests = await Promise.all(names.map((name) => joinGuest(livekit, watched.room, name)));
    try {
      await watched.isUndisturbedBy(() =>
        Promise.all(guests.map((guest) => guest.does('calls commands with payloads of megabytes', 200))),
      );
    } finally {
      for (const guest of guests) await guest[Symbol.asyncDispose]();
    }
  });
});
