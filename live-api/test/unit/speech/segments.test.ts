import { describe, expect, it } from 'vitest';
import { MAX_SEGMENT_SAMPLES, MIN_SEGMENT_SAMPLES, SegmentCutter } from '../../../src/speech/segments.js';

const WINDOW = 512;

/** Feeds windows from `start` until a cut is asked for. */
function cutOf(cutter: SegmentCutter, start: number, energyAt: (second: number) => number) {
  for (let offset = start; ; offset += WINDOW) {
    const cut = cutter.step(energyAt((offset - start) / 16_000), offset);
    if (cut !== undefined) return { cut, at: offset + WINDOW };
  }
}

describe('SegmentCutter', () => {
  it('cuts at the quietest place once the segment is as long as it may be', () => {
    const cutter = new SegmentCutter(WINDOW);
    cutter.begin(32_000);
    const { cut, at } = cutOf(cutter, 32_000, (second) => (Math.abs(second - 11) < 0.2 ? 0.1 : 10));
    expect((cut - 32_000) / 16_000).toBeGreaterThan(10.8);
    expect((cut - 32_000) / 16_000).toBeLessThan(11.2);
    expect(at - 32_000).toBeGreaterThanOrEqual(MAX_SEGMENT_SAMPLES);
    expect(at - 32_000).toBeLessThan(MAX_SEGMENT_SAMPLES + WINDOW);
  });

  it('prefers a real pause to a single quiet window', () => {
    const cutter = new SegmentCutter(WINDOW);
    cutter.begin(0);
    const { cut } = cutOf(cutter, 0, (second) => {
      if (second >= 9 && second < 9.032) return 0;
      return second >= 12 && second < 12.2 ? 1 : 10;
    });
    expect(cut / 16_000).toBeGreaterThan(12);
    expect(cut / 16_000).toBeLessThan(12.2);
  });

  it('never cuts early, however quiet it was there', () => {
    const cutter = new SegmentCutter(WINDOW);
    cutter.begin(0);
    const { cut } = cutOf(cutter, 0, (second) => (second < 7 ? 0 : 5));
    expect(cut).toBeGreaterThanOrEqual(MIN_SEGMENT_SAMPLES);
  });

  it('begins anew with the next segment', () => {
    const cutter = new SegmentCutter(WINDOW);
    cutter.begin(0);
    const first = cutOf(cutter, 0, (second) => (second > 10 && second < 10.2 ? 0 : 5));
    cutter.begin(first.cut);
    const second = cutOf(cutter, first.at, (at) => (at > 9 && at < 9.2 ? 0.5 : 5));
    expect(second.cut - first.cut).toBeGreaterThanOrEqual(MIN_SEGMENT_SAMPLES);
    expect(second.cut).toBeGreaterThan(first.at + 9 * 16_000);
  });
});
