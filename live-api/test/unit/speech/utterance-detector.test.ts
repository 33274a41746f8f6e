import { describe, expect, it } from 'vitest';
import {
  MAX_PENDING_SAMPLES,
  type Utterance,
  UtteranceDetector,
  type UtteranceDetectorOptions,
  WINDOW_SAMPLES,
} from '../../../src/speech/utterance-detector.js';

const OPTIONS: UtteranceDetectorOptions = {
  startThreshold: 0.5,
  endThreshold: 0.35,
  minSpeechMs: 96,
  silenceMs: 320,
  prefixMs: 300,
  manual: false,
  audio: true,
};
const SECOND = 16_000;

/** A recogniser whose "detector" takes a window with a sample above 1000 for speech. */
function listen(options: Partial<UtteranceDetectorOptions> = {}) {
  const told: Utterance[] = [];
  const recogniser = new UtteranceDetector({ ...OPTIONS, ...options }, (utterance) => told.push(utterance));
  const window = new Float32Array(WINDOW_SAMPLES);
  const settle = () => {
    while (recogniser.ready) {
      recogniser.takeWindow(window, 0);
      recogniser.score(window.some((sample) => sample > 1000 / 32_768) ? 0.95 : 0.02);
    }
  };
  return {
    recogniser,
    told,
    push: (samples: Int16Array) => {
      recogniser.push(samples);
      settle();
    },
    mark: (type: 'begin' | 'end') => {
      recogniser.mark(type);
      settle();
    },
  };
}

function sound(seconds: number, level: number): Int16Array {
  return new Int16Array(Math.round(seconds * SECOND)).fill(level);
}

function audio(utterance: Utterance | undefined): Float32Array {
  return utterance && 'samples' in utterance ? utterance.samples : new Float32Array(0);
}

describe('UtteranceDetector', () => {
  it('reports beginning and end at true offsets, whatever the size of the chunks', () => {
    for (const chunk of [160, 320, 1600, 7777]) {
      const { push, told } = listen();
      const whole = Int16Array.from([...sound(1, 0), ...sound(1, 5000), ...sound(1, 0)]);
      for (let at = 0; at < whole.length; at += chunk) push(whole.slice(at, at + chunk));
      expect(told.map(({ type }) => type)).toEqual(['started', 'ended']);
      const [started, ended] = told.map((utterance) => ('offset' in utterance ? utterance.offset : -1)) as [
        number,
        number,
      ];
      expect(Math.abs(started - SECOND)).toBeLessThanOrEqual(WINDOW_SAMPLES);
      expect(Math.abs(ended - 2 * SECOND)).toBeLessThanOrEqual(WINDOW_SAMPLES);
    }
  });

  it('gives the audio from before the onset to a little after the end', () => {
    const { push, told } = listen();
    push(sound(1, 100));
    push(sound(1, 5000));
    push(sound(1, 200));
    const samples = audio(told[1]);
    expect(samples.length / SECOND).toBeCloseTo(0.3 + 1 + 0.3, 1);
    expect(samples[0]).toBeCloseTo(100 / 32_768, 6);
    expect(samples.at(-1)).toBeCloseTo(200 / 32_768, 6);
  });

  it('gives out before its end what an utterance will hold, and nothing more at the end', () => {
    const { push, told } = listen({ silenceMs: 800 });
    push(sound(1, 5000));
    push(sound(0.4, 0));
    expect(told.map(({ type }) => type)).toEqual(['started']);
    push(sound(0.2, 0));
    expect(told.map(({ type }) => type)).toEqual(['started', 'expected']);
    push(sound(0.4, 0));
    expect(told.at(-1)).toMatchObject({ type: 'ended', expected: true });
    expect(audio(told[1]).length / SECOND).toBeCloseTo(1 + 0.3, 1);
    expect(audio(told[2]).length).toBe(0);
  });

  it('gives all of it anew where the speech goes on after the pause, at the end as in the middle', () => {
    const { push, mark, told } = listen({ silenceMs: 800 });
    for (let round = 0; round < 2; round++) {
      push(sound(1, 5000));
      push(sound(0.6, 0));
    }
    push(sound(0.5, 5000));
    mark('end');
    expect(told.map(({ type }) => type)).toEqual(['started', 'expected', 'expected', 'ended']);
    expect(audio(told[2]).length / SECOND).toBeCloseTo(2.6 + 0.3, 1);
    expect(audio(told[3]).length / SECOND).toBeCloseTo(3.7, 1);
    expect(told[3]).not.toHaveProperty('expected');
  });

  it('takes what it has given out for an end by force in the same pause', () => {
    const { push, mark, told } = listen({ silenceMs: 800 });
    push(sound(1, 5000));
    push(sound(0.6, 0));
    mark('end');
    expect(told.map(({ type }) => type)).toEqual(['started', 'expected', 'ended']);
    expect(told.at(-1)).toMatchObject({ expected: true });
  });

  it('gives no sound to two utterances', () => {
    const { push, told } = listen({ silenceMs: 160, prefixMs: 1000 });
    push(sound(1, 5000));
    push(sound(0.25, 1));
    push(sound(1, 5000));
    push(sound(1, 0));
    const lengths = told.filter(({ type }) => type === 'ended').map((utterance) => audio(utterance).length);
    expect(lengths).toHaveLength(2);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(2.6 * SECOND);
  });

  it('copies no audio where nobody wants it', () => {
    const { push, told } = listen({ audio: false });
    push(sound(1, 5000));
    push(sound(1, 0));
    expect(audio(told[1]).length).toBe(0);
  });

  it('cuts a long utterance into segments at its pauses, without losing a sample', () => {
    const { push, told } = listen({ silenceMs: 800 });
    for (let second = 0; second < 40; second++) {
      push(sound(0.8, 5000));
      push(sound(0.2, 0));
    }
    push(sound(2, 0));
    const segments = told.filter(({ type }) => type === 'segment' || type === 'expected').map(audio);
    expect(told.map(({ type }) => type)).toEqual(['started', 'segment', 'segment', 'expected', 'ended']);
    for (const segment of segments) expect(segment.length).toBeLessThanOrEqual(15.1 * SECOND);
    for (const segment of segments.slice(0, -1)) expect(segment.at(-1)).toBe(0);
    const total = segments.reduce((sum, { length }) => sum + length, 0);
    expect(Math.abs(total / SECOND - 40.1)).toBeLessThan(0.1);
  });

  it('ends an utterance by force where the audio ends that was pushed before', () => {
    const { push, mark, told } = listen();
    push(sound(1.01, 5000));
    mark('end');
    expect(told.at(-1)).toMatchObject({ type: 'ended', offset: 1.01 * SECOND });
    expect(audio(told.at(-1)).length).toBe(1.01 * SECOND);
    mark('end');
    push(sound(1, 0));
    expect(told).toHaveLength(2);
  });

  it('waits with an end by force for the windows before it', () => {
    const told: Utterance[] = [];
    const recogniser = new UtteranceDetector(OPTIONS, (utterance) => told.push(utterance));
    recogniser.push(sound(0.5, 5000));
    recogniser.mark('end');
    expect(told).toEqual([]);
    const window = new Float32Array(WINDOW_SAMPLES);
    while (recogniser.ready) {
      recogniser.takeWindow(window, 0);
      recogniser.score(0.9);
    }
    expect(told.map(({ type }) => type)).toEqual(['started', 'ended']);
  });

  it('opens an utterance by force', () => {
    const { recogniser, push, mark, told } = listen();
    push(sound(1.01, 0));
    mark('begin');
    mark('begin');
    expect(told).toEqual([{ type: 'started', offset: 1.01 * SECOND }]);
    push(sound(1, 5000));
    push(sound(1, 0));
    expect(told.map(({ type }) => type)).toEqual(['started', 'ended']);
    expect(recogniser.lostSamples).toBe(0);
  });

  it('under manual detection hears only what is marked, to the sample', () => {
    const { recogniser, push, mark, told } = listen({ manual: true });
    push(sound(1.01, 5000));
    mark('begin');
    push(sound(0.7, 6000));
    mark('end');
    push(sound(1, 5000));
    expect(recogniser.ready).toBe(false);
    expect(recogniser.lostSamples).toBe(0);
    expect(told.map(({ type }) => type)).toEqual(['started', 'ended']);
    expect(told).toMatchObject([{ offset: 1.01 * SECOND }, { offset: 1.71 * SECOND }]);
    const samples = audio(told[1]);
    expect(samples.length).toBe(0.7 * SECOND);
    expect(samples.every((sample) => Math.abs(sample - 6000 / 32_768) < 1e-6)).toBe(true);
  });

  it('cuts long utterances under manual detection, too', () => {
    const { push, mark, told } = listen({ manual: true });
    mark('begin');
    for (let second = 0; second < 20; second++) push(sound(1, second === 11 ? 0 : 5000));
    mark('end');
    expect(told.map(({ type }) => type)).toEqual(['started', 'segment', 'ended']);
    expect(audio(told[1]).length / SECOND).toBeCloseTo(12, 0);
    expect(audio(told[1]).length + audio(told[2]).length).toBe(20 * SECOND);
  });

  it('gives up the oldest audio that nobody listened to in time, and keeps its offsets', () => {
    const told: Utterance[] = [];
    const recogniser = new UtteranceDetector(OPTIONS, (utterance) => told.push(utterance));
    for (let second = 0; second < 200; second++) recogniser.push(sound(1, second === 199 ? 5000 : 0));
    expect(recogniser.lostSamples).toBeGreaterThan(0);
    expect(recogniser.lostSamples).toBeLessThan(200 * SECOND - MAX_PENDING_SAMPLES);
    const window = new Float32Array(WINDOW_SAMPLES);
    while (recogniser.ready) {
      recogniser.takeWindow(window, 0);
      recogniser.score(window.some((sample) => sample > 0.1) ? 0.9 : 0);
    }
    const [started] = told;
    const onset = started?.type === 'started' ? started.offset : -1;
    expect(Math.abs(onset - 199 * SECOND)).toBeLessThanOrEqual(WINDOW_SAMPLES);
  });

  it('gives looks at what is being said, each over the sound so far', () => {
    const { push, told } = listen({ partials: { everyMs: 500 } });
    push(sound(0.5, 0));
    push(sound(2.1, 5000));
    push(sound(1, 0));
    expect(told.map(({ type }) => type)).toEqual(['started', ...Array<string>(5).fill('partial'), 'ended']);
    const looks = told.filter((utterance) => utterance.type === 'partial');
    const lengths = looks.map(({ samples }) => samples.length / SECOND);
    // From before the onset; the last one of the pause, 0.2 s into it.
    for (const [n, expected] of [0.8, 1.3, 1.8, 2.3, 2.6].entries())
      expect(Math.abs((lengths[n] ?? 0) - expected)).toBeLessThan(0.1);
    expect(looks.every(({ settled }) => !settled)).toBe(true);
    expect(looks[4]?.samples.at(-SECOND / 2)).toBeCloseTo(5000 / 32_768, 4);
  });

  it('looks at stretches of 5 s at most, cut at pauses, without losing a sample', () => {
    const { push, told } = listen({ partials: { everyMs: 400 }, silenceMs: 800 });
    for (let second = 0; second < 20; second++) {
      push(sound(0.8, 5000));
      push(sound(0.2, 0));
    }
    push(sound(2, 0));
    const looks = told.filter((utterance) => utterance.type === 'partial');
    for (const { samples } of looks) expect(samples.length).toBeLessThanOrEqual(5.1 * SECOND);
    const settled = looks.filter((stretch) => stretch.settled);
    expect(settled.length).toBeGreaterThanOrEqual(4);
    for (const { samples } of settled) expect(samples.at(-1)).toBe(0);
    const last = looks.at(-1);
    const total = [...settled, ...(last ? [last] : [])].reduce((sum, { samples }) => sum + samples.length, 0);
    expect(Math.abs(total / SECOND - 20)).toBeLessThan(0.2);
    const segments = told.filter(({ type }) => type === 'segment' || type === 'expected').map(audio);
    expect(Math.abs(segments.reduce((sum, { length }) => sum + length, 0) / SECOND - 20.1)).toBeLessThan(0.1);
  });

  it('gives looks under manual detection, too, and none where no words can be recognised', () => {
    const manual = listen({ manual: true, partials: { everyMs: 500 } });
    manual.mark('begin');
    manual.push(sound(1.2, 5000));
    manual.mark('end');
    expect(manual.told.map(({ type }) => type)).toEqual(['started', 'partial', 'partial', 'ended']);
    const deaf = listen({ audio: false, partials: { everyMs: 500 } });
    deaf.push(sound(2, 5000));
    deaf.push(sound(1, 0));
    expect(deaf.told.map(({ type }) => type)).toEqual(['started', 'ended']);
  });
});
