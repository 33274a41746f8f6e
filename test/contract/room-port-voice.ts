// What the Voice of every RoomPort keeps to: its queue, its clearing, and who listens.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RoomPort, Voice } from '../../src/room/port.js';
import { sine } from '../support/tone.js';
import type { Rig } from './room-port.js';

const PATIENCE = { timeout: 15_000, interval: 5 };
const RATE = 24_000;
const FRAME_SAMPLES = 480;
/** What a voice may hold: 400 ms, and the frame that is being taken. */
const MOST_QUEUED_MS = 440;

export function describeVoice(name: string, start: () => Promise<Rig>): void {
  describe(`Voice: ${name}`, () => {
    let rig: Rig;
    let room: RoomPort;
    let voice: Voice;

    beforeEach(async () => {
      rig = await start();
      room = rig.room;
      voice = await room.publishVoice();
    });

    afterEach(async () => {
      await room.close();
      await rig[Symbol.asyncDispose]();
    });

    const speak = async (ms: number): Promise<void> => {
      const samples = sine(440, ms, RATE);
      for (let at = 0; at < samples.length; at += FRAME_SAMPLES)
        await voice.capture(samples.slice(at, at + FRAME_SAMPLES));
    };

    test('is published once, however often it is asked for', async () => {
      expect(voice.trackSid).toMatch(/^TR_/);
      expect((await room.publishVoice()).trackSid).toBe(voice.trackSid);
    });

    test('is heard by who listens to it', async () => {
      await rig.join('ana');
      await voice.waitForListener(AbortSignal.timeout(PATIENCE.timeout));
      await speak(1_000);
      await vi.waitFor(() => expect(rig.heardMs('ana')).toBeGreaterThan(500), PATIENCE);
    });

    test('takes no more than its queue holds, and the rest as it is played', async () => {
      expect(voice.queuedMs).toBe(0);
      const startedMs = performance.now();
      let most = 0;
      for (let frame = 0; frame < 50; frame += 1) {
        await voice.capture(new Int16Array(FRAME_SAMPLES));
        most = Math.max(most, voice.queuedMs);
      }
      // A second in all, of which so much may wait; 20 ms for steps in which the queue is looked at.
      expect(performance.now() - startedMs).toBeGreaterThan(1_000 - MOST_QUEUED_MS - 20);
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(MOST_QUEUED_MS);
      await vi.waitFor(() => expect(voice.queuedMs).toBe(0), PATIENCE);
    });

    test('is silent at once when it is cleared, and takes what comes then', async () => {
      // As long as it is full: a machine that is busy elsewhere may play it out meanwhile.
      await vi.waitFor(async () => {
        await speak(400);
        expect(voice.queuedMs).toBeGreaterThan(100);
      }, PATIENCE);
      voice.clear();
      expect(voice.queuedMs).toBe(0);
      voice.clear();
      await voice.capture(new Int16Array(FRAME_SAMPLES));
      expect(voice.queuedMs).toBeLessThanOrEqual(20);
    });

    test('waits for a listener until the signal ends it', async () => {
      const stop = new AbortController();
      const waiting = voice.waitForListener(stop.signal);
      stop.abort(new Error('no longer'));
      await expect(waiting).rejects.toThrow('no longer');
      await expect(voice.waitForListener(stop.signal)).rejects.toThrow('no longer');
    });

    test('has a listener from when somebody subscribes', async () => {
      const waiting = voice.waitForListener(AbortSignal.timeout(PATIENCE.timeout));
      await rig.join('ana');
      await waiting;
      await voice.waitForListener(AbortSignal.timeout(PATIENCE.timeout));
    });

    test('is not published once the room is left, nor for a signal that is aborted', async () => {
      await expect(room.publishVoice(AbortSignal.abort(new Error('not now')))).rejects.toThrow('not now');
      await room.close();
      await expect(room.publishVoice()).rejects.toThrow('the room is closed');
    });
  });
}
