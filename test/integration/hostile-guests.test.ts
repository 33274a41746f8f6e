// Guests who do what they can beside a bystander who listens to the agent: the bystander notices nothing of it.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { underLoad } from '../../live-api/test/support/slowness.js';
import { Bystander, EndlessSpeech } from '../support/bystander.js';
import { type CallProcess, startCallProcess } from '../support/call-process.js';
import { joinGuest } from '../support/guests.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';

const MB = 1024 * 1024;

/** What a guest does, how many times in the gate, and under which profile. */
const DEEDS = [
  ['opens streams and never closes them', 1_000, {}],
  ['sends malformed tool answers', 3_000, {}],
  ['chats without end', 50, { control: ['ana'] }],
  ['sends half characters', 50, {}],
  ['configures with wrong keys', 60, { control: ['mallory', 'ana'] }],
  ['calls commands without end', 400, {}],
  ['sends texts that inflate', 3, {}],
  ['opens byte streams and never closes them', 400, {}],
  ['configures webhooks of its choice', 20, { control: ['mallory', 'ana'] }],
  ['publishes microphones', 20, {}],
  ['shares a screen that is too large', 1, {}],
] as const;

let livekit: LiveKitServer;

beforeAll(async () => {
  livekit = await startLivekitServer();
});

afterAll(async () => {
  await livekit?.[Symbol.asyncDispose]();
});

describe('a guest', () => {
  test.each(DEEDS)(
    '%s',
    async (what, times, profile) => {
      const room = `guests-${randomUUID().slice(0, 8)}`;
      await using speech = await EndlessSpeech.start();
      await using bystander = new Bystander(speech);
      await bystander.join(livekit, room);
      await using call: CallProcess = await startCallProcess({
        livekit,
        liveApiUrl: speech.service.url,
        room,
        profile,
        optimised: true,
      });
      const { person } = bystander;
      await person.waitFor(() => person.heard().soundMs() > 1_000 && person.captions().length > 2, 20_000);
      await using mallory = await joinGuest(livekit, room, 'mallory');
      const before = await call.memory();
      await call.strain();
      bystander.begin();
      const { slowness } = await underLoad(() => mallory.does(what, times));
      const word = speech.saidAtMs.length;
      await person.waitFor(() => person.captions().some(({ text }) => text.includes(`w${word}`)), 15_000);
      const toll = bystander.toll();
      const { dryMs } = await call.strain();
      const after = await call.memory();
      const grownMb = Math.round((after.rss - before.rss) / MB);
      expect({ ...toll, dryMs, grownMb, hasEnded: call.hasEnded }).toEqual({
        // At the source, where no decoder of a listener and no network is between.
        dryMs: expect.toSatisfy((ms: number) => ms <= 100),
        silenceMs: expect.toSatisfy((ms: number) => ms <= 100),
        // What the encoder of the guest and others take of the machine delays every message on it.
        captionLateMs: expect.toSatisfy((ms: number) => ms <= 500 * slowness),
        eventsLost: 0,
        getStateP95Ms: expect.toSatisfy((ms: number) => ms <= 100 * slowness),
        grownMb: expect.toSatisfy((mb: number) => mb <= 100),
        hasEnded: false,
      });
    },
    60_000,
  );
});
