import { describe, expect, it } from 'vitest';
import { isConfident } from '../../../src/speech/confidence.js';

describe('isConfident', () => {
  it.each([
    ['Go forward ten meters.', -0.23],
    ['And so my fellow Americans ask not what your', -0.5],
    ['Hello.', -0.65],
    ['Hi there!', -0.41],
    ['You.', -0.3],
    ['5.', -0.2],
  ])('believes %j at %f', (guess, confidence) => {
    expect(isConfident(guess, confidence)).toBe(true);
  });

  it.each([
    ['You', -0.07],
    ['Mm-Hmm', -0.34],
    ['I.', -0.86],
    ["I don't know if you can just leave", -0.52],
    ["I'm going to put the first one in the middle of the video.", -1.47],
    ['...', -0.1],
    ['', 0],
  ])('does not believe %j at %f', (guess, confidence) => {
    expect(isConfident(guess, confidence)).toBe(false);
  });
});
