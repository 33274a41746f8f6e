// Many microphones as one: nothing that is said is lost, torn apart or said twice, and nobody's noise is added.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Mixer } from '../../../src/audio/mixer.js';
import type { PcmChunk } from '../../../src/audio/pcm.js';

const FRAME_SAMPLES = 320;
const NOISE = 20;
const LOUD = 2_000;
/** Frames of quiet after which a microphone counts as silent. */
const HANGOVER = 25;

class Rig {
  readonly sent: PcmChunk[] = [];
  readonly speakers: string[] = [];
  /** Whose voice each frame is most. */
  readonly loudest: (string | undefined)[] = [];
  readonly mixer: Mixer;

  constructor() {
    this.mixer = new Mixer({
      send: (chunk, loudest) => {
        this.sent.push(chunk);
        this.loudest.push(loudest);
      },
      onSpeaker: (name) => this.speakers.push(name),
    });
  }

  /** One frame of each, in this order, so many times. */
  frames(times: number, ...levels: readonly (readonly [name: string, value: number])[]): void {
    for (let frame = 0; frame < times; frame += 1) {
      for (const [name, value] of levels) this.mixer.push(name, chunkOf(value));
    }
  }

  /** The first sample of each frame that was sent. */
  get values(): number[] {
    return this.sent.map(({ samples }) => samples[0] ?? Number.NaN);
  }
}

function chunkOf(value: number): PcmChunk {
  return { samples: new Int16Array(FRAME_SAMPLES).fill(value), rate: 16_000 };
}

function count(values: readonly number[], value: number): number {
  return values.filter((each) => each === value).length;
}

describe('while nobody speaks', () => {
  test('there is quiet at the pace of one microphone, and no noise', () => {
    const rig = new Rig();
    rig.mixer.add('ana');
    rig.mixer.add('ben');
    rig.frames(50, ['ana', NOISE], ['ben', NOISE]);
    expect(rig.values).toEqual(new Array(50).fill(0));
    expect(new Set(rig.loudest)).toEqual(new Set([undefined]));
    expect(rig.speakers).toEqual([]);
  });
});

describe('somebody who speaks alone', () => {
  test.each(['ana', 'ben'])('is sent unchanged, from the first syllable: %s', (name) => {
    const other = name === 'ana' ? 'ben' : 'ana';
    const rig = new Rig();
    rig.mixer.add('ana');
    rig.mixer.add('ben');
    rig.frames(20, ['ana', NOISE], ['ben', NOISE]);
    const spoken = Array.from({ length: 40 }, (_, index) => chunkOf(LOUD + index));
    for (const chunk of spoken) {
      rig.mixer.push(other, chunkOf(NOISE));
      rig.mixer.push(name, chunk);
    }
    const said = rig.sent.filter((chunk) => (chunk.samples[0] ?? 0) >= LOUD);
    expect(said).toEqual(spoken);
    expect(said[0]).toBe(spoken[0]);
    expect(rig.speakers).toEqual([name]);
    // What came just before, and nothing of the other one.
    expect(count(rig.values, NOISE)).toBe(11);
  });

  test('who is added in the middle of a word is heard on without a gap', () => {
    const rig = new Rig();
    rig.mixer.add('ana', true);
    rig.mixer.add('ben');
    rig.frames(10, ['ana', LOUD], ['ben', NOISE]);
    expect(rig.values).toEqual(new Array(10).fill(LOUD));
    expect(rig.speakers).toEqual([]);
  });
});

describe('people who speak at once', () => {
  test('are added up, and as loud as it gets where that is too loud', () => {
    const rig = new Rig();
    rig.mixer.add('ana', true);
    rig.mixer.add('ben', true);
    rig.frames(3, ['ana', 1_000], ['ben', 2_000]);
    expect(rig.values).toContain(3_000);
    rig.sent.length = 0;
    rig.frames(3, ['ana', 30_000], ['ben', 20_000]);
    expect(Math.max(...rig.values)).toBe(32_767);
    rig.sent.length = 0;
    rig.frames(4, ['ana', -30_000], ['ben', -20_000]);
    expect(Math.min(...rig.values)).toBe(-32_768);
  });

  test('the second goes on alone when the first has stopped, with all that they have said', () => {
    const rig = new Rig();
    rig.mixer.add('ana', true);
    rig.mixer.add('ben');
    rig.frames(20, ['ana', 1_000], ['ben', NOISE]);
    rig.frames(30, ['ana', 1_000], ['ben', 3_000]);
    expect(rig.loudest.slice(0, 20)).toEqual(new Array(20).fill('ana'));
    expect(rig.loudest.at(-1)).toBe('ben');
    rig.frames(40, ['ana', NOISE], ['ben', 3_000]);
    rig.frames(HANGOVER + 20, ['ana', NOISE], ['ben', NOISE]);
    const withBen = rig.values.filter((value) => value >= 3_000);
    expect(withBen).toHaveLength(70);
    expect(rig.speakers).toEqual(['ben']);
  });
});

test('a microphone of which nothing comes any more does not keep the others from being heard', () => {
  const rig = new Rig();
  rig.mixer.add('ana', true);
  rig.mixer.add('ben');
  rig.mixer.add('eve');
  rig.frames(3, ['ana', 1_000], ['ben', NOISE], ['eve', NOISE]);
  rig.sent.length = 0;
  rig.frames(100, ['ben', 3_000], ['eve', NOISE]);
  expect(count(rig.values, 3_000)).toBeGreaterThan(95);
  expect(rig.speakers).toEqual(['ben']);
  rig.sent.length = 0;
  rig.frames(2 * HANGOVER, ['ben', NOISE], ['eve', NOISE]);
  // Their pauses keep their length.
  expect(rig.sent).toHaveLength(2 * HANGOVER);
  rig.frames(10, ['ana', 2_000], ['ben', NOISE], ['eve', NOISE]);
  expect(count(rig.values, 2_000)).toBeGreaterThan(8);
});

describe('who goes', () => {
  test('in the middle of a word leaves the lead to who speaks', () => {
    const rig = new Rig();
    for (const name of ['eve', 'ana', 'ben']) rig.mixer.add(name, true);
    rig.frames(2, ['ben', 2_000], ['ana', NOISE], ['eve', NOISE]);
    rig.mixer.remove('ben');
    rig.sent.length = 0;
    rig.mixer.push('ben', chunkOf(2_000));
    rig.frames(30, ['ana', 3_000], ['eve', NOISE]);
    expect(count(rig.values, 2_000)).toBe(0);
    expect(rig.values.filter((value) => value >= 3_000).length).toBeGreaterThanOrEqual(30);
  });

  test('right after the last word is heard to the end, beside the one who speaks on', () => {
    const rig = new Rig();
    rig.mixer.add('ana', true);
    rig.mixer.add('ben');
    rig.mixer.add('eve');
    rig.frames(20, ['ana', 1_000], ['ben', NOISE], ['eve', NOISE]);
    rig.frames(30, ['ana', 1_000], ['ben', 3_000], ['eve', NOISE]);
    rig.mixer.remove('ben');
    rig.frames(30, ['ana', 1_000], ['eve', NOISE]);
    expect(count(rig.values, 4_000)).toBe(30);
    expect(rig.loudest.filter((name) => name === 'ben').length).toBeGreaterThanOrEqual(30);
  });

  test('right after the last word is heard to the end, when the other one stops as well', () => {
    const rig = new Rig();
    rig.mixer.add('ana', true);
    rig.mixer.add('ben');
    rig.mixer.add('eve');
    rig.frames(30, ['ana', 1_000], ['ben', 3_000], ['eve', NOISE]);
    rig.mixer.remove('ben');
    rig.mixer.remove('ana');
    rig.frames(5, ['eve', NOISE]);
    expect(rig.values.filter((value) => value >= 3_000)).toHaveLength(30);
  });

  test('what waits is heard when there is no mixer any more', () => {
    const rig = new Rig();
    rig.mixer.add('ana', true);
    rig.mixer.add('ben');
    rig.frames(30, ['ana', 1_000], ['ben', 3_000]);
    rig.mixer.remove('ana');
    rig.mixer.flush();
    expect(rig.values.filter((value) => value >= 3_000)).toHaveLength(30);
  });
});

test('the loudest input of a frame: the leader where it is louder', () => {
  const rig = new Rig();
  rig.mixer.add('ana', true);
  rig.mixer.add('ben');
  rig.frames(30, ['ana', 3_000], ['ben', 1_000]);
  expect(rig.values).toContain(4_000);
  expect(new Set(rig.loudest)).toEqual(new Set(['ana']));
});

test('whatever the order in which frames come: of people who take turns nothing is lost, said twice or out of order', () => {
  const turn = fc.record({ who: fc.nat(3), frames: fc.integer({ min: 3, max: 60 }) });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 12 }), fc.infiniteStream(fc.nat(23)), (turns, orders) => {
      const rig = new Rig();
      for (let who = 0; who < 4; who += 1) rig.mixer.add(String(who));
      const said: PcmChunk[] = [];
      const tick = (speaker: number | undefined): void => {
        // Frames of 20 ms come in any order, and never one twice before another one once.
        const order = [0, 1, 2, 3].sort((a, b) => ((orders.next().value ?? 0) % 2 === 0 ? a - b : b - a));
        for (const who of order) {
          const chunk = chunkOf(who === speaker ? LOUD + said.length : NOISE);
          if (who === speaker) said.push(chunk);
          rig.mixer.push(String(who), chunk);
        }
      };
      for (const { who, frames } of turns) {
        for (let frame = 0; frame < frames; frame += 1) tick(who);
        for (let pause = 0; pause < HANGOVER + 2; pause += 1) tick(undefined);
      }
      expect(rig.sent.filter(({ samples }) => (samples[0] ?? 0) >= LOUD)).toEqual(said);
    }),
    { numRuns: 200 },
  );
});

describe('the stream is in real time', () => {
  /** Frames sent beyond those of one microphone. */
  const aheadOf = (rig: Rig, time: number): number => rig.sent.length - time;

  test('the pre-roll of each onset is repaid in the pause after it, and half a second of the pause is left', () => {
    const rig = new Rig();
    for (const name of ['ana', 'ben']) rig.mixer.add(name);
    let time = 0;
    const frames = (times: number, ana: number, ben: number): void => {
      rig.frames(times, ['ana', ana], ['ben', ben]);
      time += times;
    };
    frames(20, NOISE, NOISE);
    for (let turn = 0; turn < 20; turn += 1) {
      frames(40, turn % 2 ? LOUD : NOISE, turn % 2 ? NOISE : LOUD);
      expect(aheadOf(rig, time)).toBeGreaterThan(5);
      expect(aheadOf(rig, time)).toBeLessThanOrEqual(13);
      const before = rig.sent.length;
      frames(HANGOVER + 24, NOISE, NOISE);
      expect(rig.sent.length - before).toBe(HANGOVER + 24);
      frames(20, NOISE, NOISE);
      expect(Math.abs(aheadOf(rig, time))).toBeLessThanOrEqual(1);
    }
  });

  test('also where turns follow each other so closely that there is no other pause', () => {
    const rig = new Rig();
    for (const name of ['ana', 'ben']) rig.mixer.add(name);
    let time = 0;
    for (let turn = 0; turn < 60; turn += 1) {
      const [ana, ben] = turn % 2 ? [LOUD, NOISE] : [NOISE, LOUD];
      rig.frames(40, ['ana', ana], ['ben', ben]);
      rig.frames(HANGOVER - 3, ['ana', NOISE], ['ben', NOISE]);
      time += 40 + HANGOVER - 3;
      expect(aheadOf(rig, time)).toBeLessThanOrEqual(2 * 13);
    }
    expect(count(rig.values, LOUD)).toBe(60 * 40);
  });

  test('one of five that stalls for 350 ms and comes at once after it loses nothing, and nobody else does', () => {
    const rig = new Rig();
    const names = ['ana', 'ben', 'eve', 'joe', 'kim'];
    for (const name of names) rig.mixer.add(name);
    const said: PcmChunk[] = [];
    let time = 0;
    for (let round = 0; round < 25; round += 1) {
      const speaker = names[round % 5] ?? '';
      const stalled = names[(round * 2) % 5] ?? '';
      const late: PcmChunk[] = [];
      for (let frame = 0; frame < 100; frame += 1, time += 1) {
        for (const name of names) {
          const chunk = chunkOf(name === speaker && frame < 40 ? LOUD + said.length : NOISE);
          if (name === speaker && frame < 40) said.push(chunk);
          if (name !== stalled || frame < 10) rig.mixer.push(name, chunk);
          else late.push(chunk);
          // 17 frames are 340 ms.
          if (late.length >= 17 || frame === 99)
            for (const each of late.splice(0)) rig.mixer.push(stalled, each);
        }
      }
    }
    expect(rig.sent.filter(({ samples }) => (samples[0] ?? 0) >= LOUD)).toEqual(said);
    rig.frames(50, ...names.map((name) => [name, NOISE] as const));
    expect(Math.abs(aheadOf(rig, time + 50))).toBeLessThanOrEqual(1);
  });
});
