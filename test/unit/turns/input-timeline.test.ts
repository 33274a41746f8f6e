// Who speaks, and whose words a transcript is, which comes without a name and late.
import { describe, expect, test } from 'vitest';
import type { PcmChunk } from '../../../src/audio/pcm.js';
import { InputTimeline } from '../../../src/turns/input-timeline.js';
import type { Named } from '../../../src/turns/voice-log.js';

const ana = { sid: 'TR_ana' };
const ben = { sid: 'TR_ben' };
const VOICE = 1_000;

function frame(level: number): PcmChunk {
  return { samples: new Int16Array(320).fill(level), rate: 16_000 };
}

class Rig {
  readonly timeline = new InputTimeline<Named>();
  #atMs = 1_000;

  /** Frames of 20 ms, each at its time. */
  speak(who: Named, ms: number, level = VOICE): void {
    for (const end = this.#atMs + ms; this.#atMs < end; this.#atMs += 20) {
      this.timeline.heard(who, frame(level), this.#atMs);
    }
  }

  pause(ms: number): void {
    this.#atMs += ms;
  }
}

describe('who speaks', () => {
  test('is nobody at first, then who is listened to, then who is loud', () => {
    const rig = new Rig();
    expect(rig.timeline.speaker).toBeUndefined();
    rig.timeline.listenTo(ana);
    expect(rig.timeline.speaker).toBe(ana);
    rig.speak(ben, 100);
    expect(rig.timeline.speaker).toBe(ben);
  });

  test('changes soon after another one has begun, and not for a short sound', () => {
    const rig = new Rig();
    rig.speak(ana, 2_000);
    rig.speak(ben, 60);
    expect(rig.timeline.speaker).toBe(ana);
    rig.speak(ana, 200);
    expect(rig.timeline.speaker).toBe(ana);
    rig.speak(ben, 400);
    expect(rig.timeline.speaker).toBe(ben);
  });

  test('is found at once after a pause', () => {
    const rig = new Rig();
    rig.speak(ana, 2_000);
    rig.pause(2_000);
    rig.speak(ben, 20);
    expect(rig.timeline.speaker).toBe(ben);
  });

  test('is not who is only noisy', () => {
    const rig = new Rig();
    rig.speak(ana, 200);
    rig.speak(ben, 5_000, 60);
    expect(rig.timeline.speaker).toBe(ana);
  });
});

describe('whose words are transcribed', () => {
  test('those of the microphone where nobody was loud enough to be noticed', () => {
    const { timeline } = new Rig();
    expect(timeline.begin()).toBeUndefined();
    timeline.listenTo(ana);
    expect(timeline.begin()).toBe(ana);
    timeline.listenTo(ben);
    expect(timeline.begin()).toBe(ben);
  });

  test('a transcript that comes when the next one speaks already is still that of who spoke before', () => {
    const rig = new Rig();
    rig.speak(ana, 2_000);
    rig.speak(ben, 800);
    expect(rig.timeline.speaker).toBe(ben);
    expect(rig.timeline.begin()).toBe(ana);
    rig.speak(ben, 800);
    rig.timeline.end(ana);
    expect(rig.timeline.begin()).toBe(ben);
  });

  test('what was said while it was transcribed does not count for the next', () => {
    const rig = new Rig();
    rig.speak(ana, 1_000);
    expect(rig.timeline.begin()).toBe(ana);
    rig.speak(ana, 9_000);
    rig.timeline.end(ana);
    rig.speak(ben, 300);
    expect(rig.timeline.begin()).toBe(ben);
  });

  test('a voice outweighs a noise that goes on for longer', () => {
    const rig = new Rig();
    rig.speak(ana, 3_000, 200);
    rig.speak(ben, 1_500);
    expect(rig.timeline.begin()).toBe(ben);
  });

  test('a noise that is never transcribed is not held against anybody for long', () => {
    const rig = new Rig();
    rig.speak(ana, 120_000, 120);
    rig.speak(ben, 3_000, 2_000);
    expect(rig.timeline.begin()).toBe(ben);
  });

  test('nor is what somebody sang who is gone', () => {
    const rig = new Rig();
    rig.speak(ana, 4_000, 3_000);
    rig.pause(60_000);
    rig.speak(ben, 2_000);
    expect(rig.timeline.begin()).toBe(ben);
  });

  test('what two people said in one utterance does not put the next ones under the wrong name', () => {
    const rig = new Rig();
    rig.speak(ana, 2_000);
    expect(rig.timeline.begin()).toBe(ana);
    rig.speak(ben, 2_500);
    rig.pause(900);
    rig.speak(ana, 400);
    rig.timeline.end(ana);
    rig.speak(ana, 1_600);
    expect(rig.timeline.begin()).toBe(ana);
  });

  test('a cough long ago is not who says the second of two sentences', () => {
    const rig = new Rig();
    rig.speak(ben, 200);
    rig.pause(30_000);
    rig.speak(ana, 1_500);
    expect(rig.timeline.begin()).toBe(ana);
    rig.speak(ana, 1_500);
    rig.timeline.end(ana);
    expect(rig.timeline.begin()).toBe(ana);
  });

  test('microphones that come and go are forgotten at last', () => {
    const rig = new Rig();
    rig.speak(ana, 500);
    for (let index = 0; index < 60; index += 1) rig.speak({ sid: `TR_${index}` }, 20);
    expect(rig.timeline.begin()).not.toBe(ana);
  });
});
