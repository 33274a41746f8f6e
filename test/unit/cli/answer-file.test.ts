// The answer's file: from the first sound to the last, in real time, and none where there was no sound.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { AnswerFile, type HeardStretch } from '../../../cli/answer-file.js';
import { parseWav } from '../../../cli/wav.js';
import { concat, gaps, silence, sine } from '../../support/tone.js';

const RATE = 24_000;
let folder = '';
let path = '';
let heard: HeardStretch[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'answer-'));
  path = join(folder, 'answer.wav');
  heard = [];
  return () => rm(folder, { recursive: true, force: true });
});

async function write(...parts: Int16Array[]): Promise<string | undefined> {
  const file = await AnswerFile.create(path, (stretch) => heard.push(stretch));
  const samples = concat(...parts);
  for (let from = 0; from < samples.length; from += 480) file.take(samples.slice(from, from + 480));
  return file.close();
}

test('silence before and after is left out but for 100 ms; silence inside stays', async () => {
  const tone = sine(500, 400, RATE);
  const out = await write(silence(3000, RATE), tone, silence(1000, RATE), tone, silence(3000, RATE));
  expect(out).toBe(path);
  const { samples, durationMs, rate } = parseWav(await readFile(path));
  expect(rate).toBe(RATE);
  expect(durationMs).toBe(100 + 400 + 1000 + 400 + 100);
  expect(gaps(samples, RATE, { minMs: 100 }).map(({ fromMs, toMs }) => toMs - fromMs)).toEqual([1000]);
});

test('each stretch of sound is reported when it has ended, with its length and level', async () => {
  await write(
    sine(500, 600, RATE),
    silence(200, RATE),
    sine(500, 200, RATE),
    silence(600, RATE),
    sine(500, 300, RATE),
  );
  expect(heard.map(({ ms }) => ms)).toEqual([1000, 300]);
  expect(heard[1]!.rms).toBeGreaterThan(6500);
  expect(heard[1]!.rms).toBeLessThan(7200);
});

test('a first sound without any silence before it is whole', async () => {
  const tone = sine(500, 400, RATE);
  await write(tone);
  expect(parseWav(await readFile(path)).samples).toEqual(tone);
});

test('long silence between two tracks puts only its end before the first sound', async () => {
  const file = await AnswerFile.create(path, (stretch) => heard.push(stretch));
  file.take(silence(5000, RATE));
  expect(file.take(sine(500, 20, RATE))).toBe(true);
  await file.close();
  expect(parseWav(await readFile(path)).durationMs).toBe(120);
});

test('without sound there is no file', async () => {
  expect(await write(silence(1000, RATE))).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
  expect(heard).toEqual([]);
});
