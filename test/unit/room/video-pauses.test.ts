// When a video is paused between pictures: after each, ahead where it is known how late key frames come, and not at all
// where they come too late.
import { expect, test } from 'vitest';
import { VideoPauses } from '../../../src/room/video-pauses.js';
import { type FakeClock, fakeClock } from '../../support/fake-clock.js';

const EVERY_MS = 1_000;

class Rig {
  readonly pauses: VideoPauses;
  readonly #clock: FakeClock;
  #startedMs = 0;
  /** What was asked for since the last picture was due, and when. */
  asked: [string, number][] = [];
  can = true;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.pauses = new VideoPauses((paused) => {
      this.asked.push([paused ? 'pause' : 'resume', performance.now() - this.#startedMs]);
      return this.can;
    });
  }

  /** A picture that comes so late; undefined: none does. */
  async picture(lateMs: number | undefined, againInMs = EVERY_MS): Promise<[string, number][]> {
    this.#startedMs = performance.now();
    this.asked = [];
    this.pauses.await(againInMs);
    await this.#clock.advance(lateMs ?? EVERY_MS);
    this.pauses.done(lateMs !== undefined, againInMs);
    await this.#clock.advance(EVERY_MS - (lateMs ?? EVERY_MS));
    return this.asked;
  }
}

test('a video is paused after each picture, and resumed for the next', async () => {
  using clock = fakeClock();
  const rig = new Rig(clock);
  expect(await rig.picture(40)).toEqual([['pause', 40]]);
  expect(await rig.picture(150)).toEqual([
    ['resume', 0],
    ['pause', 150],
  ]);
  rig.pauses.close();
  expect(rig.asked.at(-1)?.[0]).toBe('resume');
});

test('one whose pictures are close together is not paused', async () => {
  using clock = fakeClock();
  const rig = new Rig(clock);
  for (let count = 0; count < 20; count += 1) expect(await rig.picture(40, 500)).toEqual([]);
});

test('the pause is asked for ahead by what the server takes for it, where key frames come in the same time', async () => {
  using clock = fakeClock();
  const rig = new Rig(clock);
  for (let count = 0; count < 9; count += 1) await rig.picture(200 + count);
  expect(await rig.picture(205)).toEqual([
    ['resume', 0],
    ['pause', 113],
  ]);
});

test('a picture that was missed by that is resumed for once more, and after three of them none is asked for ahead', async () => {
  using clock = fakeClock();
  const rig = new Rig(clock);
  for (let missed = 0; missed < 3; missed += 1) {
    for (let count = 0; count < 9; count += 1) await rig.picture(50);
    const asked = await rig.picture(400);
    expect(asked).toEqual([
      ['resume', 0],
      ['pause', 0],
      ['resume', 200],
      ['pause', 400],
    ]);
  }
  for (let count = 0; count < 9; count += 1) await rig.picture(50);
  expect(await rig.picture(50)).toEqual([
    ['resume', 0],
    ['pause', 50],
  ]);
  // It is tried again once a minute: in an hour some are always missed.
  for (let count = 0; count < 60; count += 1) await rig.picture(50);
  expect(await rig.picture(50)).toEqual([
    ['resume', 0],
    ['pause', 0],
  ]);
});

test('a publisher whose key frames take too long is not paused again', async () => {
  using clock = fakeClock();
  const rig = new Rig(clock);
  await rig.picture(40);
  for (let count = 0; count < 3; count += 1) await rig.picture(900);
  expect(await rig.picture(40)).toEqual([]);
});

test('nor is one where it is not possible', async () => {
  using clock = fakeClock();
  const rig = new Rig(clock);
  rig.can = false;
  await rig.picture(40);
  await rig.picture(40);
  expect(await rig.picture(40)).toEqual([]);
});
