// The recogniser with its real model: how many words it gets wrong, and what it makes of noise.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSpeech } from '../../src/speech/index.js';
import type { RecogniserEvent, Speech } from '../../src/speech/port.js';
import { joined, NOISES, readClip, SPOKEN } from '../fixtures/clips.js';
import { hear, listenTo, say, speak } from '../fixtures/listening.js';
import { speechModelDir } from '../fixtures/speech-model.js';
import { wordErrors } from '../fixtures/word-errors.js';
import { fitting } from '../support/slowness.js';

let speech: Speech;
beforeAll(async () => {
  speech = await openSpeech({ modelDir: speechModelDir() });
});
afterAll(() => speech?.close());

const texts = (events: readonly RecogniserEvent[]) =>
  events.flatMap((event) => (event.type === 'heard' && event.text !== '' ? [event.text] : []));

it('recognises words with the model in place', () => {
  expect(speech.recognises).toBe(true);
});

describe('recorded speech', () => {
  it('gets at most one word in ten of all of it wrong', async () => {
    const clips = Object.entries(SPOKEN) as [keyof typeof SPOKEN, string][];
    const heard = await Promise.all(
      clips.map(async ([clip]) => texts(await listenTo(speech, joined(500, readClip(clip), 1500))).join(' ')),
    );
    const wrong = clips.reduce((sum, [, said], n) => sum + wordErrors(said, heard[n] ?? ''), 0);
    const words = clips.flatMap(([, said]) => said.split(' ')).length;
    expect(wrong / words).toBeLessThanOrEqual(0.1);
  });

  it.each([
    ['jfk', 3],
    ['ss0870', 2],
    ['ss0880', 2],
    ['goforward', 0],
    ['card001', 0],
    ['card003', 0],
  ] as const)('gets %s with at most %i words wrong', async (clip, bound) => {
    const events = await listenTo(speech, joined(500, readClip(clip), 1500));
    expect(wordErrors(SPOKEN[clip], texts(events).join(' '))).toBeLessThanOrEqual(bound);
  });

  it('understands an utterance that is longer than the recogniser can take', async () => {
    const whole = joined(
      ...[readClip('jfk'), 300, readClip('ss0870'), 300, readClip('goforward'), 300, readClip('ss0880')],
    );
    expect(whole.length / 16_000).toBeGreaterThan(20);
    const said = `${SPOKEN.jfk} ${SPOKEN.ss0870} ${SPOKEN.goforward} ${SPOKEN.ss0880}`;
    expect(wordErrors(said, await hear(speech, whole))).toBeLessThanOrEqual(6);
  });

  it('understands speech over the noise of an office', async () => {
    const clip = readClip('jfk');
    const office = readClip('noise-office');
    const rms = (samples: Int16Array) =>
      Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    const factor = rms(clip) / rms(office) / 10;
    const mixed = clip.map((sample, index) => sample + factor * (office[index % office.length] as number));
    expect(wordErrors(SPOKEN.jfk, await hear(speech, mixed))).toBeLessThanOrEqual(3);
  });
});

describe('what is no speech', () => {
  it.each(NOISES)('opens no utterance for %s', async (noise) => {
    expect(await listenTo(speech, joined(300, readClip(noise), 1000))).toEqual([]);
  });

  it.each(NOISES)('finds no words in %s where a client claims that somebody speaks', async (noise) => {
    expect(await hear(speech, readClip(noise))).toBe('');
  });

  it.each([
    ['silence', () => 0],
    ['a tone', (at: number) => 8000 * Math.sin((2 * Math.PI * 440 * at) / 16_000)],
    ['clicks', (at: number) => (at % 4000 < 40 ? ((at * 7919) % 20_000) - 10_000 : 0)],
    ['hiss', (at: number) => ((at * 7919 * (1 + (at % 101))) % 6001) - 3000],
  ])('finds no words in %s', async (_name, sampleAt) => {
    const samples = Int16Array.from({ length: 32_000 }, (_, at) => sampleAt(at));
    expect(await listenTo(speech, joined(samples, 1000))).toEqual([]);
    expect(await hear(speech, samples)).toBe('');
  });

  it.each(Object.keys(SPOKEN) as (keyof typeof SPOKEN)[])(
    'finds no words in %s where it is played backwards',
    async (clip) => {
      expect(await hear(speech, joined(500, readClip(clip).reverse(), 1500))).toBe('');
    },
  );

  it('has nothing to say of an activity without sound', async () => {
    expect(await hear(speech, new Int16Array(0))).toBe('');
    expect(await hear(speech, new Int16Array(100))).toBe('');
  });
});

describe('its own voices', () => {
  it.each(['Puck', 'Charon', 'Kore', 'Fenrir', 'Aoede', 'Leda', 'Orus', 'Zephyr'])(
    'are understood again: %s',
    async (voice) => {
      const said = 'What is the weather like in London today? Turn off the lights in the living room.';
      expect(wordErrors(said, await hear(speech, await say(speech, said, voice)))).toBeLessThanOrEqual(3);
    },
  );

  it.each(['Yes.', 'No.', 'Stop.', 'Hello.'])('can say a single word and be understood: %s', async (word) => {
    const heard = await listenTo(speech, joined(500, await say(speech, word, 'Charon'), 1000));
    expect(wordErrors(word, texts(heard).join(' '))).toBe(0);
  });
});

/** The main loop's worst delay in ms, but for one in a hundred, while much is recognised and spoken. */
async function loopDelayMs(clip: Int16Array): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  await Promise.all([
    ...[1, 2, 3].map(() => hear(speech, clip)),
    speak(speech, 'This sentence is spoken meanwhile, and so is that.', 'Puck'),
  ]);
  delay.disable();
  expect(delay.count).toBeGreaterThan(20);
  return delay.percentile(99) / 1e6;
}

it('leaves the main loop free while it recognises and speaks', async () => {
  const clip = readClip('jfk');
  await hear(speech, clip);
  const { result, slowness } = await fitting(
    () => loopDelayMs(clip),
    (delayMs, slow) => delayMs < 50 * slow,
  );
  expect(result).toBeLessThan(50 * slowness);
});
