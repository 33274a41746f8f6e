// Which microphones the model hears, and the quiet that follows one that stops.
import { describe, expect, test } from 'vitest';
import { energyActivity } from '../../../src/audio/energy-activity.js';
import type { PcmChunk } from '../../../src/audio/pcm.js';
import { AudioIn } from '../../../src/lanes/audio-in.js';
import type { RemoteTrack } from '../../../src/room/port.js';
import { Floor } from '../../../src/turns/floor.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';

const FRAME_SAMPLES = 320;
const SILENT_FRAMES = 75;
const NOISE = 20;

function frame(value: number): PcmChunk {
  return { samples: new Int16Array(FRAME_SAMPLES).fill(value), rate: 16_000 };
}

class Rig {
  readonly room = new FakeRoom();
  readonly sent: PcmChunk[] = [];
  /** Identities, oldest first; undefined where nobody is listened to. */
  readonly microphones: (string | undefined)[] = [];
  ends = 0;
  hears: (track: RemoteTrack) => boolean = ({ source }) => source === 'microphone';
  overlap = true;
  readonly floor = new Floor({ onChange: () => {} });
  readonly unheard: (readonly [identity: string, ms: number])[] = [];

  attach(): AudioIn {
    const input = new AudioIn({
      room: this.room,
      hears: (track) => this.hears(track),
      floor: () => (this.overlap ? undefined : this.floor),
      voiceActivity: () => energyActivity,
      onUnheard: (identity, ms) => this.unheard.push([identity, ms]),
      send: (chunk) => this.sent.push(chunk),
      end: () => {
        this.ends += 1;
      },
      onMicrophone: (track) => this.microphones.push(track?.identity),
    });
    input.start();
    return input;
  }

  /** One frame of each, so many times. */
  frames(times: number, ...levels: readonly (readonly [sid: string, value: number])[]): void {
    for (let time = 0; time < times; time += 1) {
      for (const [sid, value] of levels) this.room.hear(sid, frame(value));
    }
  }

  /** The first sample of each frame that was sent: 0 is quiet. */
  get values(): number[] {
    return this.sent.map(({ samples }) => samples[0] ?? Number.NaN);
  }
}

describe('the microphone that is listened to', () => {
  test('is one that was open before', () => {
    using _clock = fakeClock();
    const rig = new Rig();
    rig.room.join('ana');
    const { sid } = rig.room.publish('ana');
    rig.attach();
    const chunk = frame(7);
    rig.room.hear(sid, chunk);
    expect(rig.sent).toEqual([chunk]);
    expect(rig.sent[0]).toBe(chunk);
    expect(rig.microphones).toEqual(['ana']);
  });

  test('is that of the speaker, when several are open; the noise of the others is not sent', () => {
    using _clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    const ana = rig.room.publish('ana');
    const ben = rig.room.publish('ben');
    rig.frames(30, [ana.sid, NOISE], [ben.sid, NOISE]);
    rig.sent.length = 0;
    rig.frames(10, [ana.sid, NOISE], [ben.sid, 2_000]);
    rig.frames(40, [ana.sid, NOISE], [ben.sid, NOISE]);
    rig.frames(10, [ana.sid, 3_000], [ben.sid, NOISE]);
    expect(rig.values.filter((value) => value > NOISE)).toEqual([
      ...new Array(10).fill(2_000),
      ...new Array(10).fill(3_000),
    ]);
    expect(rig.microphones).toEqual(['ana', 'ben', 'ana']);
  });

  test('goes on without a gap when another one opens in the middle of a word', () => {
    using _clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    const ana = rig.room.publish('ana');
    rig.frames(5, [ana.sid, 2_000]);
    const ben = rig.room.publish('ben');
    rig.frames(5, [ana.sid, 2_000], [ben.sid, NOISE]);
    expect(rig.values).toEqual(new Array(10).fill(2_000));
    expect(rig.microphones).toEqual(['ana']);
  });

  test('is one after the other where the room speaks in turns, and changes that at once', () => {
    using _clock = fakeClock();
    const rig = new Rig();
    rig.overlap = false;
    const input = rig.attach();
    const ana = rig.room.publish('ana');
    const ben = rig.room.publish('ben');
    rig.frames(20, [ana.sid, 1_000], [ben.sid, 2_000]);
    expect(new Set(rig.values.filter((value) => value !== 0))).toEqual(new Set([1_000]));
    expect(rig.floor.state).toEqual({ holder: 'ana', waiting: ['ben'] });
    rig.overlap = true;
    input.choose();
    rig.sent.length = 0;
    rig.frames(20, [ana.sid, 1_000], [ben.sid, 2_000]);
    expect(rig.values).toContain(3_000);
  });

  test('is the one that is left, with what was said on it and not heard yet', () => {
    using _clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    const ana = rig.room.publish('ana');
    const ben = rig.room.publish('ben');
    rig.frames(10, [ana.sid, 1_000], [ben.sid, 2_000]);
    rig.sent.length = 0;
    rig.room.setMuted(ana.sid, true);
    rig.frames(3, [ben.sid, 2_000]);
    expect(rig.values.length).toBeGreaterThan(3);
    expect(new Set(rig.values)).toEqual(new Set([2_000]));
    expect(rig.microphones).toEqual(['ana', 'ben']);
  });

  test('is neither a muted one, nor anything but a microphone', () => {
    using _clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    rig.room.publish('ana', { source: 'screen-audio' });
    rig.room.publish('ana', { source: 'camera' });
    rig.room.publish('ana', { source: 'other' });
    rig.room.publish('ana', { muted: true });
    expect(rig.room.listenedTo).toEqual([]);
    expect(rig.microphones.filter((identity) => identity !== undefined)).toEqual([]);
  });

  test.each(['muted', 'unpublished', 'left'])('is another at once when it is %s', (how) => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    rig.room.join('ana');
    const ana = rig.room.publish('ana');
    const ben = rig.room.publish('ben');
    if (how === 'muted') rig.room.setMuted(ana.sid, true);
    else if (how === 'unpublished') rig.room.unpublish(ana.sid);
    else rig.room.leave('ana');
    rig.room.hear(ana.sid, frame(1));
    rig.room.hear(ben.sid, frame(2));
    expect(rig.values).toEqual([2]);
    expect(rig.microphones).toEqual(['ana', 'ben']);
    expect(rig.room.listenedTo).toEqual([ben.sid]);
    expect(clock.timers).toBe(0);
  });

  test('is only one that may be heard, in any order of joining, and stops at once when it may no longer be heard', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.hears = ({ identity }) => identity === 'ben';
    const input = rig.attach();
    const ana = rig.room.publish('ana');
    rig.room.hear(ana.sid, frame(1));
    expect(rig.room.listenedTo).toEqual([]);
    const ben = rig.room.publish('ben');
    rig.room.hear(ben.sid, frame(2));
    expect(rig.values).toEqual([2]);
    rig.hears = ({ identity }) => identity === 'ana';
    input.choose();
    rig.room.hear(ben.sid, frame(2));
    rig.room.hear(ana.sid, frame(1));
    expect(rig.values).toEqual([2, 1]);
    rig.hears = () => false;
    input.choose();
    expect(rig.room.listenedTo).toEqual([]);
    await clock.advance(2_000);
    expect(rig.ends).toBe(1);
  });
});

describe('when no microphone is open any more', () => {
  test('1.5 s of quiet follow in real time, then the end, then nothing', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    const ana = rig.room.publish('ana');
    rig.room.hear(ana.sid, frame(1));
    rig.room.setMuted(ana.sid, true);
    rig.sent.length = 0;
    await clock.advance(750);
    expect(Math.abs(rig.sent.length - SILENT_FRAMES / 2)).toBeLessThanOrEqual(1);
    expect(rig.ends).toBe(0);
    await clock.advance(800);
    expect(rig.ends).toBe(1);
    expect(rig.sent).toHaveLength(SILENT_FRAMES);
    for (const { samples, rate } of rig.sent) {
      expect(rate).toBe(16_000);
      expect(samples).toHaveLength(FRAME_SAMPLES);
      expect(samples.every((sample) => sample === 0)).toBe(true);
    }
    await clock.advance(10_000);
    expect(rig.sent).toHaveLength(SILENT_FRAMES);
    expect(rig.ends).toBe(1);
    expect(rig.microphones).toEqual(['ana', undefined]);
    expect(clock.timers).toBe(0);
  });

  test('the quiet is not stretched by a loop that was busy', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    const ana = rig.room.publish('ana');
    rig.room.unpublish(ana.sid);
    clock.block(900);
    await clock.advance(620);
    expect(rig.ends).toBe(1);
    expect(rig.sent).toHaveLength(SILENT_FRAMES);
  });

  test('the quiet goes on, and is not begun again, when other tracks come and go', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    const ana = rig.room.publish('ana');
    rig.room.setMuted(ana.sid, true);
    await clock.advance(1_000);
    rig.room.publish('ana', { source: 'camera' });
    rig.room.unpublish(ana.sid);
    await clock.advance(520);
    expect(rig.ends).toBe(1);
    expect(rig.sent).toHaveLength(SILENT_FRAMES);
    rig.room.publish('ben', { source: 'screen' });
    await clock.advance(5_000);
    expect(rig.ends).toBe(1);
    expect(rig.sent).toHaveLength(SILENT_FRAMES);
  });

  test('one that is unmuted during the quiet is heard at once, and nothing has ended', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    const ana = rig.room.publish('ana');
    rig.room.setMuted(ana.sid, true);
    await clock.advance(700);
    rig.room.setMuted(ana.sid, false);
    rig.sent.length = 0;
    rig.room.hear(ana.sid, frame(5));
    await clock.advance(5_000);
    expect(rig.values).toEqual([5]);
    expect(rig.ends).toBe(0);
    expect(rig.microphones).toEqual(['ana', undefined, 'ana']);
    expect(clock.timers).toBe(0);
  });

  test('one that is unmuted after the end is heard at once, and ends again when it stops again', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    const ana = rig.room.publish('ana');
    rig.room.setMuted(ana.sid, true);
    await clock.advance(2_000);
    rig.room.setMuted(ana.sid, false);
    rig.sent.length = 0;
    rig.room.hear(ana.sid, frame(5));
    expect(rig.values).toEqual([5]);
    rig.room.setMuted(ana.sid, true);
    await clock.advance(2_000);
    expect(rig.ends).toBe(2);
    expect(rig.sent).toHaveLength(1 + SILENT_FRAMES);
  });

  test('nothing is sent or ended before there was one', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.attach();
    rig.room.publish('ana', { muted: true });
    await clock.advance(5_000);
    expect(rig.sent).toEqual([]);
    expect(rig.ends).toBe(0);
    expect(clock.timers).toBe(0);
  });
});

describe('detached', () => {
  test('it hears nothing and follows nothing', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    const input = rig.attach();
    const ana = rig.room.publish('ana');
    input.close();
    rig.room.hear(ana.sid, frame(1));
    rig.room.publish('ben');
    await clock.advance(5_000);
    expect(rig.sent).toEqual([]);
    expect(rig.room.listenedTo).toEqual([]);
    expect(rig.room.listenerCount).toBe(0);
  });

  test('during the quiet it neither goes on nor ends it', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    const input = rig.attach();
    const ana = rig.room.publish('ana');
    rig.room.setMuted(ana.sid, true);
    await clock.advance(200);
    input.close();
    input.close();
    const sent = rig.sent.length;
    await clock.advance(5_000);
    expect(rig.sent).toHaveLength(sent);
    expect(rig.ends).toBe(0);
    expect(clock.timers).toBe(0);
  });
});

test('a microphone that is muted in a loop is opened a few times a second, and at last heard; others at once', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  const opened: string[] = [];
  const { listen } = rig.room;
  rig.room.listen = (sid, onFrame) => {
    opened.push(sid);
    return listen.call(rig.room, sid, onFrame);
  };
  const input = rig.attach();
  const mallory = rig.room.publish('mallory');
  for (let nth = 0; nth < 500; nth += 1) {
    rig.room.setMuted(mallory.sid, nth % 2 === 0);
    await clock.advance(2);
  }
  expect(opened.length).toBeLessThan(20);
  const ana = rig.room.publish('ana');
  expect(input.listensTo('ana')).toBe(true);
  await clock.advance(1_000);
  expect(input.listensTo('mallory')).toBe(true);
  rig.frames(10, [ana.sid, 20_000]);
  expect(rig.sent.length).toBeGreaterThan(0);
  input.close();
});
