// When the recognisers tell what, and that no session waits for another.
// biome-ignore lint/plugin: real time is the subject: sound that comes at its own pace
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSpeech } from '../../src/speech/index.js';
import type { RecogniserEvent, Speech } from '../../src/speech/port.js';
import { Silero, SileroMemory } from '../../src/speech/silero.js';
import { joined, readClip, SPOKEN } from '../fixtures/clips.js';
import { EAR_OPTIONS, frames, listenTo, say } from '../fixtures/listening.js';
import { speechModelDir } from '../fixtures/speech-model.js';
import { wordErrors } from '../fixtures/word-errors.js';
import { fitting } from '../support/slowness.js';

let speech: Speech;
beforeAll(async () => {
  speech = await openSpeech({ modelDir: speechModelDir() });
});
afterAll(() => speech?.close());

const MS = 16;

describe('offsets', () => {
  it('are those of the speech', async () => {
    const voice = await say(speech, 'Please set a timer for ten minutes.', 'Kore');
    const loud = (sample: number) => Math.abs(sample) > 1000;
    const first = voice.findIndex(loud) / MS;
    const last = voice.findLastIndex(loud) / MS;
    const events = await listenTo(speech, joined(1000, voice, 1500));
    expect(events.map(({ type }) => type)).toEqual(['started', 'ended', 'heard']);
    const [started, ended, heard] = events.map(({ offset }) => offset / MS) as [number, number, number];
    expect(Math.abs(started - (1000 + first))).toBeLessThan(120);
    expect(Math.abs(ended - (1000 + last))).toBeLessThan(200);
    expect(heard).toBe(ended);
  });

  it('are the same whatever the size of the chunks', async () => {
    const samples = joined(700, readClip('goforward'), 1500);
    const offsets = await Promise.all(
      [100, 320, 1600, samples.length].map(async (size) => {
        const events: RecogniserEvent[] = [];
        const recogniser = speech.openRecogniser(EAR_OPTIONS, (event) => events.push(event));
        for (let at = 0; at < samples.length; at += size) recogniser.push(samples.slice(at, at + size));
        await vi.waitFor(() => expect(events.at(-1)?.type).toBe('heard'), { timeout: 20_000 });
        recogniser.close();
        return events;
      }),
    );
    for (const events of offsets) expect(events).toEqual(offsets[0]);
  });

  it('of an activity that a client marks are those of the marks', async () => {
    const events: RecogniserEvent[] = [];
    const recogniser = speech.openRecogniser({ ...EAR_OPTIONS, manual: true }, (event) => events.push(event));
    recogniser.push(new Int16Array(5000));
    recogniser.begin();
    recogniser.push(readClip('goforward'));
    recogniser.end();
    await vi.waitFor(() => expect(events).toHaveLength(3), { timeout: 20_000 });
    const end = 5000 + readClip('goforward').length;
    expect(events).toEqual([
      { type: 'started', offset: 5000 },
      { type: 'ended', offset: end },
      { type: 'heard', text: 'Go forward ten meters.', offset: end },
    ]);
    recogniser.close();
  });
});

/** How long after the audio a recogniser reports a beginning, an end and the words, for audio in real time. */
async function latenciesMs(): Promise<{ started: number; ended: number; heard: number }> {
  const clip = readClip('goforward');
  const loud = (sample: number) => Math.abs(sample) > 600;
  const [onsetMs, endMs] = [clip.findIndex(loud) / MS, clip.findLastIndex(loud) / MS];
  const told = new Map<string, number>();
  const began = performance.now();
  const recogniser = speech.openRecogniser(EAR_OPTIONS, ({ type }) =>
    told.set(type, performance.now() - began),
  );
  for (const [index, frame] of frames(joined(clip, 1500)).entries()) {
    await sleep(Math.max(0, began + (index + 1) * 20 - performance.now()));
    recogniser.push(frame);
  }
  await vi.waitFor(() => expect(told.has('heard')).toBe(true), { timeout: 20_000 });
  recogniser.close();
  const at = (type: string) => told.get(type) ?? Number.NaN;
  return { started: at('started') - onsetMs, ended: at('ended') - endMs, heard: at('heard') - at('ended') };
}

it('reports beginning and end about as late as the service does', async () => {
  const { silenceMs } = EAR_OPTIONS;
  const { result, slowness } = await fitting(
    latenciesMs,
    ({ started, ended, heard }, slow) =>
      started < 320 * slow && ended < silenceMs + 400 * slow && heard < 600 * slow,
  );
  expect(result.started).toBeGreaterThan(100);
  expect(result.started).toBeLessThan(320 * slowness);
  expect(result.ended).toBeGreaterThan(silenceMs - 100);
  expect(result.ended).toBeLessThan(silenceMs + 400 * slowness);
  expect(result.heard).toBeLessThan(600 * slowness);
});

describe('the words so far', () => {
  it('come while somebody speaks, more and more of them, until the final text comes', async () => {
    const events: RecogniserEvent[] = [];
    const options = { ...EAR_OPTIONS, silenceMs: 3000, partials: { everyMs: 400 } };
    const recogniser = speech.openRecogniser(options, (event) => events.push(event));
    const told = () => events.flatMap((event) => (event.type === 'partial' ? [event] : []));
    const clip = readClip('jfk');
    const size = Math.ceil(clip.length / 4);
    for (let part = 0; part < 4; part++) {
      const before = told().length;
      for (const frame of frames(clip.slice(part * size, (part + 1) * size))) recogniser.push(frame);
      await vi.waitFor(() => expect(told().length).toBeGreaterThan(before), { timeout: 20_000 });
    }
    const words = () => told().at(-1)?.text.split(' ').length ?? 0;
    await vi.waitFor(() => expect(words()).toBeGreaterThan(12), { timeout: 20_000 });
    recogniser.push(joined(3500));
    await vi.waitFor(() => expect(events.at(-1)?.type).toBe('heard'), { timeout: 20_000 });
    recogniser.close();
    const types = events.map(({ type }) => type);
    expect(types).toEqual(['started', ...told().map(() => 'partial'), 'ended', 'heard']);
    const offsets = told().map(({ offset }) => offset);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    for (const { text } of told()) {
      const count = text.split(' ').length;
      const begun = SPOKEN.jfk.split(' ').slice(0, count).join(' ');
      expect(wordErrors(begun, text)).toBeLessThanOrEqual(Math.ceil(count / 3));
    }
    const whole = events.flatMap((event) => (event.type === 'heard' ? event.text : []));
    expect(wordErrors(SPOKEN.jfk, whole.join(' '))).toBeLessThan(4);
  });

  it('never hold up a whole utterance of another session, however many want them', async () => {
    let partialsReported = 0;
    const talkers = Array.from({ length: 12 }, () =>
      speech.openRecogniser({ ...EAR_OPTIONS, silenceMs: 5000, partials: { everyMs: 100 } }, ({ type }) => {
        if (type === 'partial') partialsReported++;
      }),
    );
    for (const recogniser of talkers) for (const frame of frames(readClip('jfk'))) recogniser.push(frame);
    await vi.waitFor(() => expect(partialsReported).toBeGreaterThan(0), { timeout: 20_000 });
    let endedAt = -1;
    let heardAt = -1;
    const quick = speech.openRecogniser({ ...EAR_OPTIONS, manual: true }, (event) => {
      if (event.type === 'ended') endedAt = partialsReported;
      if (event.type === 'heard') heardAt = partialsReported;
    });
    quick.begin();
    quick.push(readClip('goforward'));
    quick.end();
    await vi.waitFor(() => expect(heardAt).toBeGreaterThan(-1), { timeout: 20_000 });
    // A partial recognition is given up within a run of the model; only results that were ready come in between.
    expect(heardAt - endedAt).toBeLessThanOrEqual(2);
    await vi.waitFor(() => expect(partialsReported).toBeGreaterThan(heardAt + 10), { timeout: 20_000 });
    quick.close();
    for (const recogniser of talkers) recogniser.close();
  });
});

describe('many sessions', () => {
  it('hear somebody begin while the words of another are being recognised', async () => {
    const order: string[] = [];
    const long = speech.openRecogniser({ ...EAR_OPTIONS, manual: true }, ({ type }) =>
      order.push(`long ${type}`),
    );
    long.begin();
    for (const clip of ['jfk', 'ss0870', 'jfk'] as const) long.push(readClip(clip));
    long.end();
    await vi.waitFor(() => expect(order).toContain('long ended'), { timeout: 20_000 });
    const quick = speech.openRecogniser(EAR_OPTIONS, ({ type }) => order.push(`quick ${type}`));
    for (const frame of frames(readClip('goforward'))) quick.push(frame);
    await vi.waitFor(() => expect(order).toContain('long heard'), { timeout: 20_000 });
    expect(order.indexOf('quick started')).toBeGreaterThan(-1);
    expect(order.indexOf('quick started')).toBeLessThan(order.indexOf('long heard'));
    long.close();
    quick.close();
  });

  it('get an answer while the words of another are being recognised', async () => {
    const order: string[] = [];
    const long = speech.openRecogniser({ ...EAR_OPTIONS, manual: true }, ({ type }) => order.push(type));
    long.begin();
    for (const clip of ['jfk', 'ss0870', 'jfk'] as const) long.push(readClip(clip));
    long.end();
    await vi.waitFor(() => expect(order).toContain('ended'), { timeout: 20_000 });
    for await (const _ of speech.say('Yes.', 'Kore', new AbortController().signal)) order.push('spoken');
    await vi.waitFor(() => expect(order).toContain('heard'), { timeout: 20_000 });
    expect(order).toEqual(['started', 'ended', 'spoken', 'heard']);
    long.close();
  });

  it('are not held up by one that sends a minute of sound at once', async () => {
    const order: string[] = [];
    const flood = speech.openRecogniser(EAR_OPTIONS, ({ type }) => order.push(`flood ${type}`));
    const quick = speech.openRecogniser(EAR_OPTIONS, ({ type }) => order.push(`quick ${type}`));
    flood.push(joined(50_000, readClip('goforward')));
    quick.push(readClip('goforward'));
    await vi.waitFor(() => expect(order).toContain('flood started'), { timeout: 20_000 });
    expect(order[0]).toBe('quick started');
    flood.close();
    quick.close();
  });

  it('hear what they would hear alone', async () => {
    const alone = await listenTo(speech, joined(500, readClip('ss0880'), 1000));
    const together = await Promise.all(
      Array.from({ length: 20 }, () => listenTo(speech, joined(500, readClip('ss0880'), 1000))),
    );
    for (const events of together) expect(events).toEqual(alone);
  });

  it('share a run of the detector without a trace of each other', async () => {
    const silero = await Silero.load(3);
    const clips = (['goforward', 'ss0880', 'noise-office'] as const).map((name) =>
      Float32Array.from(readClip(name), (sample) => sample / 32_768),
    );
    const run = async (group: readonly Float32Array[]) => {
      const memories = group.map(() => new SileroMemory());
      const found: number[][] = group.map(() => []);
      for (let window = 0; window < 40; window++) {
        for (const [index, clip] of group.entries()) {
          silero.fill(index, (target, at) => target.set(clip.subarray(window * 512, window * 512 + 512), at));
        }
        await silero.run(memories);
        for (const [index, values] of found.entries()) values.push(silero.probability(index));
      }
      return found;
    };
    const together = await run(clips);
    for (const [index, clip] of clips.entries()) {
      const [alone = []] = await run([clip]);
      for (const [window, probability] of alone.entries()) {
        expect(Math.abs(probability - (together[index]?.[window] as number))).toBeLessThan(1e-3);
      }
    }
    expect(Math.max(...(together[0] ?? []))).toBeGreaterThan(0.9);
    expect(Math.max(...(together[2] ?? []))).toBeLessThan(0.5);
  });
});
