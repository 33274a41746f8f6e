// The voice's feed against a sink that behaves like the real source: nothing lost, nothing late, nothing said twice.
import { describe, expect, test } from 'vitest';
import { FRAME_MS, OUTPUT_LATENCY_MS, Playout } from '../../../src/audio/playout.js';
import { type FakeClock, fakeClock } from '../../support/fake-clock.js';
import { FakeSink, FRAME_SAMPLES } from '../../support/fake-sink.js';

const PER_MS = 24;

class Rig {
  readonly sink = new FakeSink();
  readonly progress: { readonly atMs: number; readonly heard: number }[] = [];
  readonly errors: unknown[] = [];
  onProgress: (heard: number) => void = () => {};
  readonly playout = new Playout({
    sink: this.sink,
    onProgress: (heard) => {
      this.progress.push({ atMs: performance.now(), heard });
      this.onProgress(heard);
    },
    onStall: () => this.errors.push(new Error('stalled')),
    onError: (error) => this.errors.push(error),
  });
  /** Every sample that was written, in order. */
  readonly written: number[] = [];
  #next = 0;

  /** Writes samples that are never zero, so that padding shows. */
  write(samples: number): void {
    const chunk = new Int16Array(samples);
    for (let index = 0; index < samples; index++) chunk[index] = (this.#next++ % 32_000) + 1;
    for (const sample of chunk) this.written.push(sample);
    this.playout.write(chunk);
  }

  /** What was played, without the padding. */
  get sound(): Int16Array {
    return this.sink.played.filter((sample) => sample !== 0);
  }

  expectAllPlayed(): void {
    expect(Buffer.from(this.sound.buffer).equals(Buffer.from(new Int16Array(this.written).buffer))).toBe(
      true,
    );
    expect(this.sink.faults).toEqual([]);
  }
}

async function playOut(rig: Rig, clock: FakeClock): Promise<void> {
  const leftMs = (rig.playout.written - rig.playout.heard) / PER_MS;
  await clock.advance(leftMs + OUTPUT_LATENCY_MS + 200);
}

describe('what is written', () => {
  test('is played whole, in order, over minutes of chunks of every size', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    const sizes = [9_600, 1, 479, 480, 481, 961, 7_680, 3, 240_000, 2, 15_361, 959, 1, 1, 24_000];
    for (let index = 0; rig.written.length < 3 * 60_000 * PER_MS; index++) {
      const size = sizes[index % sizes.length] ?? 1;
      rig.write(size);
      // As the service does: about four times as fast as it is heard.
      await clock.advance(Math.round(size / PER_MS / 4));
    }
    rig.playout.flush();
    await playOut(rig, clock);
    rig.expectAllPlayed();
    // One frame at most was padded: the last.
    expect(rig.sink.played.length - rig.written.length).toBeLessThan(FRAME_SAMPLES);
    expect(rig.playout.heard).toBe(rig.written.length);
    expect(rig.playout.underruns).toBe(0);
    expect(rig.sink.gaps).toBe(0);
  });

  test('is on its way in the tick in which it was written', () => {
    using _clock = fakeClock();
    const rig = new Rig();
    rig.write(FRAME_SAMPLES);
    expect(rig.sink.captures).toBe(1);
  });

  test('is passed on in frames of 480 samples, one at a time, never more than the source takes', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.write(10_000 * PER_MS);
    for (let index = 0; index < 100; index++) {
      await clock.advance(37);
      expect(rig.sink.queuedMs).toBeLessThanOrEqual(400 + FRAME_MS);
    }
    expect(rig.sink.queuedMs).toBeGreaterThan(380);
    expect(rig.sink.faults).toEqual([]);
  });

  test('is nothing when it is empty', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.playout.write(new Int16Array(0));
    rig.playout.flush();
    await clock.advance(500);
    expect(rig.sink.captures).toBe(0);
    expect(rig.playout.written).toBe(0);
    expect(rig.playout.idle).toBe(true);
    expect(clock.timers).toBe(0);
  });
});

describe('a rest shorter than a frame', () => {
  test('is padded with silence when it is flushed', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.write(10 * FRAME_SAMPLES + 20);
    rig.playout.flush();
    await clock.settle();
    await clock.advance(1);
    expect(rig.sink.captures).toBe(11);
    const last = rig.sink.frames.at(-1)?.samples;
    expect(last?.subarray(0, 20).every((sample) => sample !== 0)).toBe(true);
    expect(last?.subarray(20).every((sample) => sample === 0)).toBe(true);
  });

  test('waits for more while there is enough to play, so that no silence gets in between', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    for (let index = 0; index < 20; index++) {
      rig.write(7_681);
      await clock.advance(200);
    }
    expect(rig.sink.played.indexOf(0)).toBe(-1);
    expect([...rig.sound]).toEqual(rig.written.slice(0, rig.sound.length));
    expect(rig.sink.faults).toEqual([]);
  });

  test('is played without a flush when nothing more comes in time', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.write(5 * FRAME_SAMPLES + 7);
    await clock.advance(1_000);
    rig.expectAllPlayed();
    expect(rig.playout.heard).toBe(rig.written.length);
    expect(rig.sink.gaps).toBe(0);
  });
});

describe('clear', () => {
  test('silences in the same tick and says what was reached', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.write(2_000 * PER_MS);
    await clock.advance(1_000);
    const reached = rig.playout.clear();
    expect(rig.sink.clears).toBe(1);
    expect(rig.sink.queuedMs).toBe(0);
    expect(reached).toBe(rig.playout.heard);
    expect(rig.playout.written).toBe(reached);
    expect(rig.playout.idle).toBe(true);
    expect(Math.abs(reached - (1_000 - OUTPUT_LATENCY_MS) * PER_MS)).toBeLessThanOrEqual(FRAME_SAMPLES);
  });

  test.each([0, 1, 7, 20, 399, 1_000])(
    'lets nothing of the old audio through after %i ms',
    async (afterMs) => {
      using clock = fakeClock();
      const rig = new Rig();
      rig.write(2_000 * PER_MS + 17);
      await clock.advance(afterMs);
      rig.playout.clear();
      const played = rig.sink.played.length;
      await clock.advance(1_000);
      expect(rig.sink.played.length).toBe(played);
      expect(rig.sink.faults).toEqual([]);
      expect(clock.timers).toBe(0);
    },
  );

  test('followed by new audio in the same tick plays the new audio alone, from its first sample', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.write(1_000 * PER_MS + 100);
    await clock.advance(510);
    rig.playout.clear();
    const old = rig.sound.length;
    const from = rig.written.length;
    rig.write(1_000);
    rig.playout.flush();
    await clock.advance(500);
    expect([...rig.sound.subarray(old)]).toEqual(rig.written.slice(from));
    expect(rig.playout.heard).toBe(rig.playout.written);
    expect(rig.sink.faults).toEqual([]);
  });

  test('may be called from the progress callback', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    let isCleared = false;
    rig.onProgress = (heard) => {
      if (heard < 300 * PER_MS || isCleared) return;
      isCleared = true;
      rig.playout.clear();
      rig.write(100 * PER_MS);
      rig.playout.flush();
    };
    rig.write(2_000 * PER_MS);
    await clock.advance(2_000);
    expect(rig.sink.faults).toEqual([]);
    expect(rig.sink.clears).toBe(1);
    expect([...rig.sound.subarray(-100 * PER_MS)]).toEqual(rig.written.slice(-100 * PER_MS));
    expect(rig.sound.length).toBeLessThan(600 * PER_MS);
    expect(rig.playout.idle).toBe(true);
  });
});

describe('what was heard', () => {
  test('never goes back, never passes what was written, and trails the queue by the ear lag', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    const startMs = clock.nowMs;
    rig.write(3_000 * PER_MS);
    let before = 0;
    for (let index = 0; index < 100; index++) {
      await clock.advance(31);
      const { heard, written } = rig.playout;
      const dueMs = Math.min(3_000, Math.max(0, clock.nowMs - startMs - OUTPUT_LATENCY_MS));
      expect(heard).toBeGreaterThanOrEqual(before);
      expect(heard).toBeLessThanOrEqual(written);
      expect(Math.abs(heard - dueMs * PER_MS)).toBeLessThanOrEqual(PER_MS);
      before = heard;
    }
    expect(before).toBe(3_000 * PER_MS);
  });

  test('does not go on while the source has nothing to play', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.write(100 * PER_MS);
    await clock.advance(10_000);
    expect(rig.playout.heard).toBe(100 * PER_MS);
    rig.write(100 * PER_MS);
    expect(rig.playout.heard).toBe(100 * PER_MS);
    expect(rig.playout.idle).toBe(false);
    await clock.advance(80);
    expect(rig.playout.heard).toBe(120 * PER_MS);
  });

  test('is reported about every 20 ms, up to the end, and then no more', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.write(2_000 * PER_MS + 11);
    rig.playout.flush();
    await clock.advance(5_000);
    const times = rig.progress.map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * FRAME_MS);
    expect(rig.progress.length).toBeLessThan(200);
    expect(rig.progress.at(-1)?.heard).toBe(rig.playout.written);
    expect(rig.progress.filter(({ heard }) => heard === rig.playout.written)).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  test('is reported up to the end also without flush', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.write(333);
    await clock.advance(1_000);
    expect(rig.progress.at(-1)?.heard).toBe(333);
    expect(clock.timers).toBe(0);
  });
});

describe('underruns', () => {
  test('are counted when the voice falls silent in the middle of a turn', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    for (let index = 0; index < 3; index++) {
      rig.write(100 * PER_MS);
      await clock.advance(500);
    }
    expect(rig.playout.underruns).toBe(2);
    expect(rig.sink.gaps).toBe(2);
  });

  test('are none between turns, nor after an interruption', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.write(100 * PER_MS);
    rig.playout.flush();
    await clock.advance(500);
    rig.write(100 * PER_MS);
    await clock.advance(50);
    rig.playout.clear();
    await clock.advance(500);
    rig.write(100 * PER_MS);
    rig.playout.flush();
    await clock.advance(500);
    expect(rig.playout.underruns).toBe(0);
  });

  test('are none when the loop is blocked for less than what the source holds, and counted beyond that', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.write(3_000 * PER_MS);
    rig.playout.flush();
    await clock.advance(200);
    clock.block(300);
    await clock.advance(500);
    expect(rig.playout.underruns).toBe(0);
    clock.block(600);
    await clock.advance(2_000);
    expect(rig.playout.underruns).toBe(1);
    expect(rig.sink.gaps).toBe(1);
  });
});

describe('a source that refuses a frame', () => {
  test('costs that frame alone', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    const refusal = new Error('the source is full');
    rig.sink.refuse((capture) => (capture === 3 ? refusal : undefined));
    rig.write(20 * FRAME_SAMPLES);
    rig.playout.flush();
    await clock.advance(1_000);
    expect(rig.errors).toEqual([refusal]);
    expect([...rig.sound]).toEqual(rig.written.filter((_, index) => Math.floor(index / FRAME_SAMPLES) !== 2));
    expect(rig.progress.at(-1)?.heard).toBe(rig.written.length);
    expect(rig.sink.faults).toEqual([]);
  });

  test('at the very end still lets the playout end', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.sink.refuse((capture) => (capture === 5 ? new Error('no') : undefined));
    rig.write(5 * FRAME_SAMPLES);
    rig.playout.flush();
    await clock.advance(1_000);
    expect(rig.progress.at(-1)?.heard).toBe(5 * FRAME_SAMPLES);
    expect(clock.timers).toBe(0);
  });

  test('every time ends in errors, not in an endless loop', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.sink.refuse(() => new Error('closed'));
    rig.write(50 * FRAME_SAMPLES);
    await clock.advance(2_000);
    expect(rig.errors).toHaveLength(50);
    expect(rig.playout.idle).toBe(true);
    expect(clock.timers).toBe(0);
  });
});

describe('an answer without end', () => {
  test('is kept for ten minutes, in chunks of any size, and the rest is dropped and reported once', () => {
    using _clock = fakeClock();
    const rig = new Rig();
    for (let chunk = 0; chunk < 700; chunk += 1) rig.playout.write(new Int16Array(1_000 * PER_MS));
    expect(rig.playout.written).toBe(600_000 * PER_MS);
    expect(rig.playout.droppedSamples).toBe(100_000 * PER_MS);
    expect(rig.errors).toHaveLength(1);
    rig.playout.clear();
    for (let chunk = 0; chunk < 100_000; chunk += 1) rig.playout.write(new Int16Array(1));
    expect(rig.playout.written).toBeLessThan(70_000);
    rig.playout.close();
  });
});

describe('close', () => {
  test('silences, forgets everything and takes nothing more', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.write(1_000 * PER_MS);
    await clock.advance(105);
    rig.playout.close();
    rig.playout.close();
    expect(rig.sink.queuedMs).toBe(0);
    const { captures } = rig.sink;
    const told = rig.progress.length;
    rig.write(1_000 * PER_MS);
    rig.playout.flush();
    await clock.advance(1_000);
    expect(rig.sink.captures).toBe(captures);
    expect(rig.progress.length).toBe(told);
    expect(rig.errors).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test('while a frame is refused reports nothing', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.sink.refuse(() => new Error('closed under us'));
    rig.write(FRAME_SAMPLES);
    rig.playout.close();
    await clock.advance(100);
    expect(rig.errors).toEqual([]);
  });
});
