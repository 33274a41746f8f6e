// Local barge-in: what holds the voice, what ends the answer, and what lets it go on.
import { expect, test } from 'vitest';
import { BargeIn } from '../../../src/lanes/barge-in.js';
import type { RemoteTrack } from '../../../src/room/port.js';
import { fakeClock } from '../../support/fake-clock.js';

const WINDOW_MS = 32;
const FRAME = { samples: new Int16Array(320), rate: 16_000 };

class Rig {
  readonly happened: string[] = [];
  readonly windows = new Map<string, (probability: number) => void>();
  readonly closed: string[] = [];
  isPerson = true;
  isPlaying = true;
  readonly lane: BargeIn;

  constructor() {
    let sid = 0;
    this.lane = new BargeIn({
      openDetection: () => ({
        detect: (onWindow) => {
          sid += 1;
          const name = `TR_${sid}`;
          this.windows.set(name, onWindow);
          return { push: () => {}, close: () => void this.closed.push(name) };
        },
        close: () => {},
      }),
      openCanceller: () => {
        return { isPerson: () => this.isPerson, clean: (chunk) => chunk, close: () => {} };
      },
      hold: () => {
        if (this.isPlaying) this.happened.push('hold');
        return this.isPlaying;
      },
      resume: () => void this.happened.push('resume'),
      interrupt: () => void this.happened.push('interrupt'),
    });
    this.frame('TR_1');
  }

  frame(sid: string): void {
    const track: RemoteTrack = { sid, identity: sid, source: 'microphone', kind: 'audio', muted: false };
    this.lane.frame(track, FRAME);
  }

  hear(probability: number, ms: number, sid = 'TR_1'): void {
    for (let at = 0; at < ms; at += WINDOW_MS) this.windows.get(sid)?.(probability);
  }
}

test('the first window of speech holds the voice, and 400 ms of it end the answer', () => {
  const rig = new Rig();
  rig.hear(0.05, 1_000);
  expect(rig.happened).toEqual([]);
  rig.hear(0.9, WINDOW_MS);
  expect(rig.happened).toEqual(['hold']);
  rig.hear(0.9, 340);
  expect(rig.happened).toEqual(['hold']);
  rig.hear(0.9, WINDOW_MS);
  expect(rig.happened).toEqual(['hold', 'interrupt']);
  rig.hear(0.9, 2_000);
  rig.hear(0, 1_000);
  expect(rig.happened).toHaveLength(2);
});

test.each([
  ['a cough', 32],
  ['an "mm-hm"', 350],
])('%s lets the voice go on', (_, ms) => {
  const rig = new Rig();
  rig.hear(0.9, ms);
  rig.hear(0.1, 224);
  expect(rig.happened).toEqual(['hold']);
  rig.hear(0.1, WINDOW_MS);
  expect(rig.happened).toEqual(['hold', 'resume']);
  rig.hear(0.9, WINDOW_MS);
  expect(rig.happened).toEqual(['hold', 'resume', 'hold']);
});

test('short pauses between words do not let it go on', () => {
  const rig = new Rig();
  for (let word = 0; word < 3; word += 1) {
    rig.hear(0.9, 128);
    rig.hear(0.1, 96);
  }
  rig.hear(0.9, 64);
  expect(rig.happened).toEqual(['hold', 'interrupt']);
});

test('nothing is held before the echo of the voice is known, nor where nothing is played', () => {
  const rig = new Rig();
  rig.lane.keep(new Set());
  rig.isPerson = false;
  rig.frame('TR_2');
  rig.hear(0.9, 1_000, 'TR_2');
  rig.lane.keep(new Set());
  rig.isPerson = true;
  rig.isPlaying = false;
  rig.frame('TR_3');
  rig.hear(0.9, 1_000, 'TR_3');
  expect(rig.happened).toEqual([]);
});

test('a person holds the voice and ends the answer from the moment on at which they are distinguished from its echo', () => {
  const rig = new Rig();
  rig.isPerson = false;
  rig.hear(0.9, 2 * WINDOW_MS);
  rig.isPerson = true;
  rig.hear(0.9, WINDOW_MS);
  expect(rig.happened).toEqual(['hold']);
  rig.hear(0, 500);
  rig.isPerson = false;
  rig.hear(0.9, 1_000);
  expect(rig.happened).toEqual(['hold', 'resume']);
  rig.isPerson = true;
  rig.hear(0.9, WINDOW_MS);
  expect(rig.happened).toEqual(['hold', 'resume', 'hold']);
  rig.isPerson = false;
  rig.hear(0.9, 320);
  expect(rig.happened).toEqual(['hold', 'resume', 'hold', 'resume']);
  rig.isPerson = true;
  rig.hear(0.9, 416);
  expect(rig.happened.slice(4)).toEqual(['hold', 'interrupt']);
});

test('a second person neither holds a held voice nor lets it go on', () => {
  const rig = new Rig();
  rig.frame('TR_2');
  rig.hear(0.9, 64);
  rig.hear(0.9, 64, 'TR_2');
  rig.hear(0, 500, 'TR_2');
  expect(rig.happened).toEqual(['hold']);
});

test('the service confirms first: nothing is resumed; a microphone that goes, or a second, lets the voice go on', async () => {
  using clock = fakeClock();
  const rig = new Rig();
  rig.hear(0.9, WINDOW_MS);
  rig.lane.silent();
  await clock.advance(5_000);
  expect(rig.happened).toEqual(['hold']);
  rig.hear(0, 500);
  rig.hear(0.9, WINDOW_MS);
  rig.lane.keep(new Set());
  expect(rig.happened).toEqual(['hold', 'hold', 'resume']);
  rig.frame('TR_2');
  rig.hear(0.9, WINDOW_MS, 'TR_2');
  await clock.advance(2_000);
  expect(rig.happened.slice(3)).toEqual(['hold', 'resume']);
  rig.lane.close();
  expect(rig.closed).toEqual(['TR_1', 'TR_2']);
  expect(clock.timers).toBe(0);
});
