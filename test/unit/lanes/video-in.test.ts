// What the model sees: which camera or screen, how often, and what happens when it goes.
import { describe, expect, test } from 'vitest';
import { VideoIn } from '../../../src/lanes/video-in.js';
import type { Profile } from '../../../src/profile/profile.js';
import { type Picture, PictureTooLarge } from '../../../src/room/port.js';
import type { Jpeg } from '../../../src/session/port.js';
import { fakeClock, passed } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';
import { quietLog } from '../../support/supervised.js';

const PICTURE: Picture = { pixels: new Uint8Array(3), width: 1, height: 1, rotation: 0 };

const LISTEN: Profile['listen'] = {
  policy: 'everyone',
  announceSpeakers: false,
  bargeIn: 'service',
  protectGreeting: false,
  screenAudio: false,
};

class Rig {
  readonly room = new FakeRoom();
  readonly sent: Jpeg[] = [];
  readonly told: object[] = [];
  speaker: string | undefined;
  encode: () => Promise<Jpeg> = async () => ({ bytes: new Uint8Array(1) });
  readonly video: VideoIn;

  constructor(see: Partial<Profile['see']> = {}, prepare: (room: FakeRoom) => void = () => {}) {
    this.room.picture = async () => PICTURE;
    prepare(this.room);
    this.video = new VideoIn({
      room: this.room,
      see: seeOf(see),
      listen: LISTEN,
      encode: () => this.encode(),
      send: (image) => this.sent.push(image),
      emit: ({ type: _, ...told }) => this.told.push(told),
      speaker: () => this.speaker,
      log: quietLog,
    });
    this.video.start();
  }
}

function seeOf(see: Partial<Profile['see']>): Profile['see'] {
  return { source: 'auto', framesPerSecond: 1, maxEdge: 768, quality: 75, ...see };
}

describe('a camera', () => {
  test('is sent once a second while it is on, and reported once', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    await clock.advance(2_000);
    expect(rig.told).toEqual([]);
    rig.room.publish('ana', { source: 'camera' });
    await clock.advance(3_500);
    expect(rig.sent).toHaveLength(4);
    expect(rig.told).toEqual([{ source: 'camera', participant: 'ana' }]);
  });

  test('that was on before is seen', async () => {
    using clock = fakeClock();
    const rig = new Rig({}, (room) => room.publish('ana', { source: 'camera' }));
    await clock.advance(10);
    expect(rig.sent).toHaveLength(1);
  });

  test('is seen as often as asked for, never two pictures at once', async () => {
    using clock = fakeClock();
    const rig = new Rig({ framesPerSecond: 4 });
    let encoding = 0;
    let most = 0;
    rig.encode = async () => {
      encoding += 1;
      most = Math.max(most, encoding);
      await passed(400);
      encoding -= 1;
      return { bytes: new Uint8Array(1) };
    };
    rig.room.publish('ana', { source: 'camera' });
    await clock.advance(4_100);
    expect(most).toBe(1);
    expect(rig.sent.length).toBeGreaterThanOrEqual(9);
    expect(rig.sent.length).toBeLessThanOrEqual(10);
  });

  test('whose picture came late is not looked at again at once', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    const times: number[] = [];
    let asked = 0;
    rig.room.picture = async () => {
      asked += 1;
      if (asked === 2) await passed(600);
      return PICTURE;
    };
    rig.encode = async () => {
      times.push(performance.now());
      return { bytes: new Uint8Array(1) };
    };
    rig.room.publish('ana', { source: 'camera' });
    await clock.advance(6_000);
    expect(times.length).toBeGreaterThanOrEqual(5);
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(900);
  });

  test.each(['switched off', 'unpublished', 'gone'])('is received no longer once it is %s', async (how) => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('ana');
    const { sid } = rig.room.publish('ana', { source: 'camera' });
    await clock.advance(1_500);
    const seen = rig.sent.length;
    if (how === 'switched off') rig.room.setMuted(sid, true);
    else if (how === 'unpublished') rig.room.unpublish(sid);
    else rig.room.leave('ana');
    await clock.advance(5_000);
    expect(rig.sent).toHaveLength(seen);
    expect(rig.room.watched.size).toBe(0);
    expect(rig.told.at(-1)).toEqual({ source: null });
    expect(clock.timers).toBe(0);
  });

  test('that gives no picture, or one that cannot be encoded, is asked again', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    let asked = 0;
    rig.room.picture = async () => {
      asked += 1;
      return asked < 3 ? undefined : PICTURE;
    };
    rig.encode = async () => {
      if (asked < 4) throw new Error('no memory');
      return { bytes: new Uint8Array(1) };
    };
    rig.room.publish('ana', { source: 'camera' });
    await clock.advance(2_500);
    expect(rig.sent.length).toBeGreaterThanOrEqual(1);
  });

  test('whose picture was being taken when it went is not sent any more', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    let give: (picture: Picture) => void = () => {};
    rig.room.picture = () => new Promise((resolve) => (give = resolve));
    const { sid } = rig.room.publish('ana', { source: 'camera' });
    await clock.advance(10);
    rig.room.unpublish(sid);
    give(PICTURE);
    await clock.advance(1_000);
    expect(rig.sent).toEqual([]);
  });
});

describe('of several', () => {
  test('a shared screen goes before cameras, and the newest screen before others', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.publish('ana', { source: 'camera' });
    rig.room.publish('ben', { source: 'screen' });
    const eve = rig.room.publish('eve', { source: 'screen' });
    await clock.advance(10);
    rig.room.unpublish(eve.sid);
    expect(rig.told).toEqual([
      { source: 'camera', participant: 'ana' },
      { source: 'screen', participant: 'ben' },
      { source: 'screen', participant: 'eve' },
      { source: 'screen', participant: 'ben' },
    ]);
    expect(rig.room.watched.size).toBe(1);
  });

  test('the camera of the speaker is used, and stays when they are silent', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.publish('ana', { source: 'camera' });
    rig.room.publish('ben', { source: 'camera' });
    await clock.advance(500);
    rig.speaker = 'ben';
    await clock.advance(1_000);
    // Not for an "uh-huh".
    expect(rig.told).toHaveLength(1);
    await clock.advance(2_000);
    rig.speaker = 'eve';
    await clock.advance(4_100);
    expect(rig.told).toEqual([
      { source: 'camera', participant: 'ana' },
      { source: 'camera', participant: 'ben' },
    ]);
  });

  test('only those whom see.participants names', async () => {
    using clock = fakeClock();
    const rig = new Rig({ participants: ['ben'] });
    rig.room.publish('ana', { source: 'screen' });
    await clock.advance(2_000);
    expect(rig.told).toEqual([]);
    rig.room.publish('ben', { source: 'camera' });
    await clock.advance(10);
    expect(rig.told).toEqual([{ source: 'camera', participant: 'ben' }]);
    expect([...rig.room.watched]).toHaveLength(1);
  });

  test.each([
    ['camera', [{ source: 'camera', participant: 'ana' }]],
    ['screen', [{ source: 'screen', participant: 'ben' }]],
    ['off', []],
  ] as const)('only what is asked for: %s', async (source, told) => {
    using clock = fakeClock();
    const rig = new Rig({ source });
    rig.room.publish('ana', { source: 'camera' });
    rig.room.publish('ben', { source: 'screen' });
    await clock.advance(10);
    expect(rig.told).toEqual(told);
    expect(rig.sent).toHaveLength(told.length);
  });
});

test('after the room was lost and is back, the same camera is subscribed again, and not reported again', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  const { sid } = rig.room.publish('ana', { source: 'camera' });
  await clock.advance(1_500);
  rig.room.picture = async () => undefined;
  rig.room.emit({ type: 'connection', state: 'reconnecting' });
  await clock.advance(3_000);
  rig.room.watched.delete(sid);
  const seen = rig.sent.length;
  rig.room.picture = async () => PICTURE;
  rig.room.emit({ type: 'connection', state: 'reconnected' });
  await clock.advance(1_000);
  expect(rig.sent.length).toBeGreaterThan(seen);
  expect(rig.room.watched.has(sid)).toBe(true);
  expect(rig.told).toEqual([{ source: 'camera', participant: 'ana' }]);
});

test('a slow pace does not delay another speaker, nor another pace', async () => {
  using clock = fakeClock();
  const rig = new Rig({ framesPerSecond: 0.05 });
  rig.room.publish('ana', { source: 'camera' });
  rig.room.publish('ben', { source: 'camera' });
  await clock.advance(4_000);
  rig.speaker = 'ben';
  await clock.advance(1_500);
  expect(rig.told.at(-1)).toEqual({ source: 'camera', participant: 'ben' });
  const seen = rig.sent.length;
  rig.video.configure({ listen: LISTEN, see: seeOf({ framesPerSecond: 4 }) });
  await clock.advance(2_000);
  expect(rig.sent.length - seen).toBeGreaterThanOrEqual(7);
});

test('an encoder that fails is tried at the pace of the pictures, and complained of once', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  let tried = 0;
  rig.encode = async () => {
    tried += 1;
    throw new Error('no encoder for this platform');
  };
  rig.room.publish('ana', { source: 'camera' });
  await clock.advance(10_500);
  expect(tried).toBe(11);
});

test('another profile takes effect at once', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  rig.room.publish('ana', { source: 'camera' });
  await clock.advance(10);
  rig.video.configure({ listen: LISTEN, see: seeOf({ source: 'off' }) });
  await clock.advance(3_000);
  expect(rig.sent).toHaveLength(1);
  expect(rig.told.at(-1)).toEqual({ source: null });
});

test('a closed lane sees nothing and follows nothing', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  rig.room.publish('ana', { source: 'camera' });
  await clock.advance(10);
  rig.video.close();
  await clock.advance(5_000);
  rig.room.publish('ben', { source: 'screen' });
  expect(rig.sent).toHaveLength(1);
  expect(rig.room.watched.size).toBe(0);
  expect(rig.room.listenerCount).toBe(0);
  expect(clock.timers).toBe(0);
});

test('a screen that comes and goes in a loop is reported a few times a second, and at last as it is', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  rig.room.publish('ana', { source: 'camera' });
  await clock.advance(1_000);
  for (let nth = 0; nth < 1_000; nth += 1) {
    const screen = rig.room.publish('mallory', { source: 'screen' });
    await clock.advance(1);
    rig.room.unpublish(screen.sid);
    await clock.advance(1);
  }
  await clock.advance(1_000);
  expect(rig.told.length).toBeLessThan(20);
  expect(rig.sent.length).toBeLessThan(20);
  expect(rig.told.at(-1)).toEqual({ source: 'camera', participant: 'ana' });
  rig.video.close();
});

test('screens that are too large, another one every two seconds, are reported once', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  rig.room.picture = async () => {
    throw new PictureTooLarge(12_288, 6_912);
  };
  for (let nth = 0; nth < 100; nth += 1) {
    const screen = rig.room.publish(nth % 2 ? 'mallory' : 'trudy', { source: 'screen' });
    await clock.advance(1_000);
    rig.room.unpublish(screen.sid);
    await clock.advance(1_000);
  }
  const errors = rig.told.filter((event) => 'code' in event);
  expect(errors).toMatchObject([{ code: 'picture_too_large' }, { code: 'picture_too_large' }]);
  rig.video.close();
});
