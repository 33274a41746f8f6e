import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RingBuffer } from '../../../src/speech/ring-buffer.js';

function ramp(from: number, length: number): Int16Array {
  return Int16Array.from({ length }, (_, index) => (from + index) % 30_000);
}

function read(buffer: RingBuffer, offset: number, count: number): number[] {
  const target = new Float32Array(count);
  buffer.read(offset, count, target);
  return Array.from(target, (value) => Math.round(value * 32_768));
}

describe('RingBuffer', () => {
  it('gives back what was written, scaled to one', () => {
    const buffer = new RingBuffer(1000);
    buffer.write(Int16Array.of(0, 16_384, -32_768));
    const target = new Float32Array(5).fill(9);
    buffer.read(0, 3, target, 1);
    expect([...target]).toEqual([9, 0, 0.5, -1, 9]);
    expect(buffer.end).toBe(3);
  });

  it('reads silence where nothing is held', () => {
    const buffer = new RingBuffer(1000);
    buffer.write(ramp(1, 10));
    buffer.forget(4);
    expect(read(buffer, 2, 10)).toEqual([0, 0, 5, 6, 7, 8, 9, 10, 0, 0]);
  });

  it('loses the oldest when it is full, and keeps its offsets', () => {
    const buffer = new RingBuffer(20_000);
    for (let at = 0; at < 100_000; at += 1000) buffer.write(ramp(at, 1000));
    expect(buffer.end).toBe(100_000);
    expect(buffer.end - buffer.start).toBe(32_768);
    expect(read(buffer, 99_990, 10)).toEqual([...ramp(99_990, 10)]);
  });

  it('takes a segment that is larger than itself', () => {
    const buffer = new RingBuffer(20_000);
    buffer.write(ramp(0, 70_000));
    expect(buffer.end).toBe(70_000);
    expect(read(buffer, 69_000, 5)).toEqual([...ramp(69_000, 5)]);
    expect(read(buffer, 10, 2)).toEqual([0, 0]);
  });

  it('holds exactly what a list would, whatever is written and forgotten', () => {
    const step = fc.record({
      write: fc.integer({ min: 0, max: 30_000 }),
      keep: fc.integer({ min: 0, max: 60_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const buffer = new RingBuffer(120_000);
        let written = 0;
        for (const { write, keep } of steps) {
          buffer.write(ramp(written, write));
          written += write;
          buffer.forget(written - keep);
          const offset = Math.max(buffer.start, written - 50);
          expect(read(buffer, offset, written - offset)).toEqual([...ramp(offset, written - offset)]);
          expect(buffer.start).toBeLessThanOrEqual(Math.max(0, written));
          const oldest = buffer.start;
          if (oldest < written) expect(read(buffer, oldest, 1)).toEqual([oldest % 30_000]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
