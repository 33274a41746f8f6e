// A WAV file that grows can be read at any time, and is whole once it is closed.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { parseWav } from '../../../cli/wav.js';
import { WavWriter } from '../../../cli/wav-writer.js';

let path = '';

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'wav-'));
  path = join(folder, 'out.wav');
  return () => rm(folder, { recursive: true, force: true });
});

function ramp(length: number, from = 0): Int16Array {
  return Int16Array.from({ length }, (_, index) => (from + index) % 30_000);
}

test('what is written in pieces is read as one', async () => {
  const writer = await WavWriter.create(path, 24_000);
  const sizes = [480, 1, 24_000, 50_000, 7];
  let at = 0;
  for (const size of sizes) {
    writer.write(ramp(size, at));
    at += size;
  }
  expect(writer.samples).toBe(at);
  await writer.close();
  const bytes = await readFile(path);
  expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
  expect(bytes.readUInt32LE(40)).toBe(at * 2);
  expect(parseWav(bytes)).toMatchObject({ rate: 24_000, channels: 1, samples: ramp(at) });
});

test('the caller may use its buffer again at once', async () => {
  const writer = await WavWriter.create(path, 24_000);
  const samples = ramp(100);
  writer.write(samples);
  samples.fill(0);
  await writer.close();
  expect(parseWav(await readFile(path)).samples).toEqual(ramp(100));
});

test('a part of a larger buffer is written, not its beginning', async () => {
  const writer = await WavWriter.create(path, 24_000);
  writer.write(ramp(100).subarray(40, 60));
  await writer.close();
  expect(parseWav(await readFile(path)).samples).toEqual(ramp(20, 40));
});

test('an end that is not wanted is cut off', async () => {
  const writer = await WavWriter.create(path, 24_000);
  writer.write(ramp(1000));
  await writer.close(300);
  expect(parseWav(await readFile(path)).samples).toEqual(ramp(300));
});

test('a file that was never closed can be read as far as it was written', async () => {
  const writer = await WavWriter.create(path, 24_000);
  writer.write(ramp(24_000));
  await vi.waitFor(async () => expect((await readFile(path)).length).toBe(44 + 48_000));
  expect(parseWav(await readFile(path)).samples).toEqual(ramp(24_000));
  await writer.close();
});

test('closing twice is closing once, and later samples are dropped', async () => {
  const writer = await WavWriter.create(path, 24_000);
  writer.write(ramp(10));
  await Promise.all([writer.close(), writer.close()]);
  writer.write(ramp(10));
  await writer.close();
  expect(parseWav(await readFile(path)).samples).toHaveLength(10);
});

test('a path that cannot be written is reported when opening', async () => {
  await expect(WavWriter.create(join(path, 'no', 'such.wav'), 24_000)).rejects.toThrow('ENOENT');
});

test('a full disk is reported', async () => {
  await expect(WavWriter.create('/dev/full', 24_000)).rejects.toThrow('ENOSPC');
});
