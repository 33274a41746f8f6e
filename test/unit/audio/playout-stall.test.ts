// A source whose capture never comes back: the voice does not stay mute for the rest of the call.
import { describe, expect, test } from 'vitest';
import { Playout, type PlayoutSink } from '../../../src/audio/playout.js';
import { fakeClock, passed } from '../../support/fake-clock.js';

const PER_MS = 24;
const FRAME_MS = 20;

/** Takes frames at their pace, until it hangs; an answer that was held back comes when the test says so. */
class HangingSink implements PlayoutSink {
  captured = 0;
  clears = 0;
  hangs = false;
  readonly held: (() => void)[] = [];
  readonly queuedMs = 0;
  readonly buffers = new Set<ArrayBufferLike>();

  capture(samples: Int16Array): Promise<void> {
    this.captured += 1;
    this.buffers.add(samples.buffer);
    if (this.hangs) return new Promise((resolve) => this.held.push(resolve));
    return passed(FRAME_MS);
  }

  clear(): void {
    this.clears += 1;
  }
}

function rig() {
  const sink = new HangingSink();
  const errors: unknown[] = [];
  let heard = 0;
  let stalls = 0;
  const playout = new Playout({
    sink,
    onProgress: (samples) => {
      heard = samples;
    },
    onError: (error) => errors.push(error),
    onStall: () => {
      stalls += 1;
    },
  });
  return {
    sink,
    errors,
    playout,
    speak: (ms: number) => {
      playout.write(new Int16Array(ms * PER_MS).fill(1000));
      playout.flush();
    },
    get heard() {
      return heard;
    },
    get stalls() {
      return stalls;
    },
  };
}

describe('a capture that never comes back', () => {
  test('is reported once, and waiting audio is dropped, so that the turn ends', async () => {
    using clock = fakeClock();
    const voice = rig();
    voice.sink.hangs = true;
    voice.speak(5_000);
    await clock.advance(2_900);
    expect(voice.errors).toEqual([]);
    await clock.advance(3_500);
    expect(voice.errors.map(String)).toEqual([expect.stringMatching(/stalled/)]);
    expect([voice.stalls, voice.sink.clears]).toEqual([1, 1]);
    expect(voice.playout.idle).toBe(true);
    expect(voice.heard).toBe(voice.playout.written);
    await clock.advance(60_000);
    expect(voice.errors).toHaveLength(1);
  });

  test('does not keep the next turn from being heard, nor play into it when it does come back', async () => {
    using clock = fakeClock();
    const voice = rig();
    voice.sink.hangs = true;
    voice.speak(1_000);
    await clock.advance(7_000);
    voice.sink.hangs = false;
    const before = voice.sink.captured;
    voice.speak(1_000);
    await clock.advance(100);
    for (const resolve of voice.sink.held) resolve();
    await clock.advance(2_000);
    expect(voice.sink.captured - before).toBe(50);
    expect(voice.playout.idle).toBe(true);
    expect(voice.errors).toHaveLength(1);
    expect(voice.sink.buffers.size).toBe(2);
  });

  test('leaves no timer when the voice is closed meanwhile', async () => {
    using clock = fakeClock();
    const voice = rig();
    voice.sink.hangs = true;
    voice.speak(1_000);
    await clock.advance(500);
    voice.playout.close();
    await clock.advance(10_000);
    expect(voice.errors).toEqual([]);
    expect(clock.timers).toBe(0);
  });
});

describe('a source that is only slow', () => {
  test('is not given up: each of its answers comes, if late', async () => {
    using clock = fakeClock();
    const voice = rig();
    voice.sink.hangs = true;
    voice.speak(200);
    for (let frame = 0; frame < 10; frame++) {
      await clock.advance(2_900);
      voice.sink.held.shift()?.();
    }
    await clock.advance(1_000);
    expect([voice.errors, voice.stalls]).toEqual([[], 0]);
    expect(voice.sink.captured).toBe(10);
    expect(voice.playout.idle).toBe(true);
  });

  test('keeps one timer while there is something to hear, and none after it', async () => {
    using clock = fakeClock();
    const voice = rig();
    voice.speak(3_000);
    await clock.advance(1_000);
    // The frame that is being taken, and the guard.
    expect(clock.timers).toBe(2);
    await clock.advance(5_000);
    expect(clock.timers).toBe(0);
  });
});
