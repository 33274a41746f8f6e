// Guests who do what they can beside a bystander who listens to the agent: the bystander notices nothing of it.
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Guest, joinGuest } from '../support/guests.js';
import { WatchedCall } from '../support/hostile.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';

/** What a guest does, and how many times in the gate. */
type Deed = readonly [what: string, times: number];

const DEEDS: readonly Deed[] = [
  ['opens streams and never closes them', 1_000],
  ['sends malformed tool answers', 2_000],
  ['sends half characters', 50],
  ['calls commands without end', 400],
  ['sends texts that inflate', 3],
  ['calls commands with payloads of megabytes', 20],
  ['opens byte streams and never closes them', 400],
  ['publishes microphones', 20],
  ['shares a screen that is too large', 1],
  ['writes on every topic', 400],
  ['sends packets on every topic', 700],
  ['presses telephone keys', 2_000],
  ['changes name, metadata and attributes', 60],
  ['asks about the session', 300],
  ['sends pictures of 49 and 16 million pixels', 3],
  ['answers with JSON of odd forms', 100],
  ['publishes and unpublishes without end', 20],
  ['joins and leaves without end', 16],
  ['mutes and unmutes without end', 400],
];

/** What only guests whom `control` names come through with, and what only a list keeps them from. */
const DEEDS_UNDER_A_LIST: readonly Deed[] = [
  ['chats without end', 50],
  ['configures with wrong keys', 60],
  ['configures webhooks of its choice', 20],
  ['sends JSON of odd forms', 100],
];

/** Another one each time, second tries too: a limit that one has used up would hide what the next one does. */
const NAMES = [...DEEDS, ...DEEDS_UNDER_A_LIST].flatMap((_, nth) => [`guest-${nth}`, `guest-${nth}-again`]);

let livekit: LiveKitServer;
let guests = 0;

beforeAll(async () => {
  livekit = await startLivekitServer();
});

afterAll(async () => {
  await livekit?.[Symbol.asyncDispose]();
});

describe.each<readonly [string, readonly Deed[], object]>([
  ['', DEEDS, {}],
  [' whom control names', DEEDS_UNDER_A_LIST, { control: ['ana', ...NAMES] }],
])('a guest%s', (_who, deeds, profile) => {
  let watched: WatchedCall;
  let guest: Guest;

  beforeAll(async () => {
    watched = await WatchedCall.start(livekit, { profile });
    guest = await joinGuest(livekit, watched.room, 'guest');
  });

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
    await watched?.[Symbol.asyncDispose]();
  });

  test.each(deeds)('%s', async (what, times) => {
    await guest.rejoin(NAMES[guests++] ?? 'guest');
    await watched.isUndisturbedBy(() => guest.does(what, times));
  });
});
