import { describe, expect, it } from 'vitest';
import { Detector } from '../../../src/speech/detector.js';

const WINDOW = 512;
const OPTIONS = { startThreshold: 0.5, endThreshold: 0.35, minSpeechMs: 96, silenceMs: 160 };

const windowOf = (offset: number) => (offset < 0 ? -1 : offset / WINDOW);

/** Feeds probabilities, one a window of 32 ms; tells what happened at which of them, and the state then. */
function run(detector: Detector, probabilities: readonly number[], from = 0) {
  const events: { at: number; change: string; onset: number; pause: number }[] = [];
  for (const [index, probability] of probabilities.entries()) {
    const at = from + index;
    const change = detector.step(probability, at * WINDOW);
    if (!change) continue;
    events.push({ at, change, onset: windowOf(detector.onset), pause: windowOf(detector.pause) });
    if (change === 'ended') detector.reset();
  }
  return events;
}

describe('Detector', () => {
  it('opens once speech has lasted, with the onset at its first window', () => {
    const events = run(new Detector(OPTIONS, WINDOW), [0, 0, 0.9, 0.9, 0.9, 0.9]);
    expect(events).toEqual([{ at: 4, change: 'started', onset: 2, pause: -1 }]);
  });

  it('forgets speech that is too short', () => {
    expect(run(new Detector(OPTIONS, WINDOW), [0.9, 0.9, 0.1, 0.9, 0.9, 0.1])).toEqual([]);
  });

  it('lets what follows a sure window be less sure, down to the lower threshold', () => {
    const events = run(new Detector(OPTIONS, WINDOW), [0.6, 0.4, 0.4]);
    expect(events.map(({ change }) => change)).toEqual(['started']);
  });

  it('closes after the pause, which began with its first quiet window', () => {
    const events = run(new Detector(OPTIONS, WINDOW), [0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]);
    expect(events.at(-1)).toMatchObject({ at: 7, change: 'ended', pause: 3 });
  });

  it('goes on when speech returns within the pause', () => {
    const words = [0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1];
    expect(run(new Detector(OPTIONS, WINDOW), words).map(({ change }) => change)).toEqual(['started']);
  });

  it('does not take noise between the thresholds for the end of a pause', () => {
    const events = run(new Detector(OPTIONS, WINDOW), [0.9, 0.9, 0.9, 0.1, 0.4, 0.4, 0.4, 0.4, 0.1]);
    expect(events.at(-1)).toMatchObject({ at: 8, change: 'ended', pause: 3 });
  });

  it('keeps an utterance that was opened by force until something was said in it', () => {
    const detector = new Detector(OPTIONS, WINDOW);
    detector.open(100);
    expect(detector).toMatchObject({ speaking: true, onset: 100, pause: -1 });
    expect(run(detector, new Array(50).fill(0))).toEqual([]);
    expect(run(detector, [0.9, 0, 0, 0, 0, 0], 50).map(({ change }) => change)).toEqual(['ended']);
  });

  it('hears nothing of the utterance that was reset', () => {
    const detector = new Detector(OPTIONS, WINDOW);
    run(detector, [0.9, 0.9, 0.9]);
    detector.reset();
    expect(detector).toMatchObject({ speaking: false, onset: -1, pause: -1 });
    expect(run(detector, [0.9, 0.9], 3)).toEqual([]);
  });
});
