// One speaker at a time: each sentence is heard once, in order, or reported as not heard.
import { describe, expect, test } from 'vitest';
import { FloorMixer } from '../../../src/audio/floor-mixer.js';
import type { PcmChunk } from '../../../src/audio/pcm.js';
import type { VoiceActivity } from '../../../src/audio/voice-activity.js';
import { Floor } from '../../../src/turns/floor.js';
import { fakeClock } from '../../support/fake-clock.js';

/** Values from here on are speech, below it everything is noise, however loud. */
const SPEECH = 10_000;
const NOISE = 3_000;
const SECOND = 50;

/** Tells speech by its value, a frame late as the real detection. */
const byValue: VoiceActivity = {
  detect: (onWindow) => ({
    push: ({ samples }) => onWindow((samples[0] ?? 0) >= SPEECH ? 0.9 : 0.1),
    close: () => {},
  }),
  close: () => {},
};

class Rig {
  readonly sent: number[] = [];
  readonly names: (string | undefined)[] = [];
  readonly unheard: string[] = [];
  readonly floor = new Floor({ onChange: () => {} });
  readonly mixer: FloorMixer;
  time = 0;

  constructor(...names: readonly string[]) {
    this.mixer = new FloorMixer({
      floor: this.floor,
      voiceActivity: byValue,
      send: ({ samples }, name) => {
        this.sent.push(samples[0] ?? 0);
        this.names.push(name);
      },
      onSpeaker: () => {},
      onUnheard: (identity) => this.unheard.push(identity),
    });
    for (const name of names) this.mixer.add(name, name);
  }

  frames(times: number, levels: Readonly<Record<string, number>>): void {
    for (let frame = 0; frame < times; frame += 1, this.time += 1) {
      for (const [name, value] of Object.entries(levels)) this.mixer.push(name, chunkOf(value));
    }
  }

  /** The speech that was sent, each value once, in order. */
  get said(): number[] {
    return [...new Set(this.sent.filter((value) => value >= SPEECH))];
  }

  count(value: number): number {
    return this.sent.filter((each) => each === value).length;
  }
}

function chunkOf(value: number): PcmChunk {
  return { samples: new Int16Array(320).fill(value), rate: 16_000 };
}

const [ANA, BEN, EVE] = [11_000, 12_000, 13_000] as const;

describe('speech', () => {
  test('of one person is sent with half a second before it, and noise is not', () => {
    using _clock = fakeClock();
    const rig = new Rig('ana');
    rig.frames(SECOND, { ana: NOISE });
    expect(rig.count(NOISE)).toBe(0);
    expect(rig.sent).toHaveLength(SECOND);
    rig.frames(SECOND, { ana: ANA });
    expect(rig.count(ANA)).toBe(SECOND);
    expect(rig.count(NOISE)).toBeGreaterThan(15);
    expect(rig.floor.holder).toBe('ana');
  });

  test('of the next person waits for the end of the first, and is heard whole and once', () => {
    using _clock = fakeClock();
    const rig = new Rig('ana', 'ben', 'eve');
    rig.frames(20, { ana: ANA, ben: NOISE, eve: NOISE });
    rig.frames(SECOND, { ana: ANA, ben: NOISE, eve: EVE });
    rig.frames(SECOND, { ana: ANA, ben: BEN, eve: NOISE });
    expect(rig.floor.state).toEqual({ holder: 'ana', waiting: ['eve', 'ben'] });
    expect(rig.said).toEqual([ANA]);
    rig.frames(5 * SECOND, { ana: NOISE, ben: NOISE, eve: NOISE });
    expect(rig.said).toEqual([ANA, EVE, BEN]);
    expect([ANA, EVE, BEN].map((value) => rig.count(value))).toEqual([20 + 2 * SECOND, SECOND, SECOND]);
    expect(rig.unheard).toEqual([]);
  });

  test('of a person whose microphone closes is heard to its end, and so is what waited', () => {
    using _clock = fakeClock();
    const rig = new Rig('ana', 'ben', 'eve');
    rig.frames(SECOND, { ana: ANA, ben: BEN, eve: NOISE });
    rig.mixer.remove('ben');
    rig.frames(10, { ana: ANA, eve: NOISE });
    rig.mixer.remove('ana');
    rig.frames(SECOND, { eve: NOISE });
    expect([rig.count(ANA), rig.count(BEN)]).toEqual([SECOND + 10, SECOND]);
    expect(rig.floor.holder).toBeUndefined();
  });

  test('that has waited for more than 10 s is reported as not heard', () => {
    using _clock = fakeClock();
    const rig = new Rig('ana', 'ben', 'eve');
    rig.frames(20, { ana: ANA, ben: NOISE, eve: NOISE });
    rig.frames(SECOND, { ana: ANA, ben: BEN, eve: NOISE });
    rig.frames(12 * SECOND, { ana: ANA, ben: NOISE, eve: NOISE });
    expect(rig.unheard).toEqual(['ben']);
    expect(rig.floor.state).toEqual({ holder: 'ana', waiting: [] });
    rig.frames(4 * SECOND, { ana: NOISE, ben: NOISE, eve: NOISE });
    expect(rig.said).toEqual([ANA]);
  });

  test('without end gives the floor after 20 s to one who waits, and is heard again after them', () => {
    using _clock = fakeClock();
    const rig = new Rig('ana', 'ben');
    rig.frames(15 * SECOND, { ana: ANA, ben: NOISE });
    rig.frames(19 * SECOND, { ana: ANA, ben: BEN });
    expect(rig.count(BEN)).toBe(0);
    rig.frames(2 * SECOND, { ana: ANA, ben: BEN });
    rig.frames(3 * SECOND, { ana: ANA, ben: NOISE });
    rig.frames(3 * SECOND, { ana: NOISE, ben: NOISE });
    expect(rig.count(BEN)).toBe(21 * SECOND);
    expect(rig.unheard).toEqual([]);
    expect(rig.count(ANA)).toBe(39 * SECOND);
  });
});

test('a noise that never ends neither gets the floor nor keeps it', async () => {
  using clock = fakeClock();
  const rig = new Rig('ana', 'ben');
  rig.frames(SECOND, { ana: ANA, ben: NOISE });
  rig.frames(SECOND, { ana: NOISE, ben: NOISE });
  await clock.advance(2_000);
  expect(rig.floor.holder).toBeUndefined();
  rig.frames(SECOND, { ana: NOISE, ben: BEN });
  expect(rig.floor.holder).toBe('ben');
  expect(rig.count(BEN)).toBe(SECOND);
});

test('the stream is in real time when everything that waited was heard', () => {
  using _clock = fakeClock();
  const rig = new Rig('ana', 'ben');
  for (let turn = 0; turn < 5; turn += 1) {
    rig.frames(3 * SECOND, { ana: ANA, ben: BEN });
    rig.frames(12 * SECOND, { ana: NOISE, ben: NOISE });
    expect(Math.abs(rig.sent.length - rig.time)).toBeLessThanOrEqual(1);
  }
  expect([rig.count(ANA), rig.count(BEN)]).toEqual([15 * SECOND, 15 * SECOND]);
});

test('what waits is heard when the mixer ends', () => {
  using _clock = fakeClock();
  const rig = new Rig('ana', 'ben');
  rig.frames(SECOND, { ana: ANA, ben: BEN });
  rig.mixer.flush();
  rig.mixer.close();
  expect([rig.count(ANA), rig.count(BEN)]).toEqual([SECOND, SECOND]);
  expect(rig.floor.holder).not.toBe('ana');
});
