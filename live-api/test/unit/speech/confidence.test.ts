import { describe, expect, it } from 'vitest';
import { agreedWords, isConfident, isDoubtful, SearchConfidence } from '../../../src/speech/confidence.js';

describe('isConfident', () => {
  it.each([
    ['Go forward ten meters.', -0.23],
    ['And so my fellow Americans ask not what your', -0.5],
    ['Hello.', -0.65],
    ['Hi there!', -0.41],
    ['You.', -0.3],
    ['5.', -0.2],
  ])('believes %j at %f', (guess, confidence) => {
    expect(isConfident({ guess, confidence })).toBe(true);
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
    expect(isConfident({ guess, confidence })).toBe(false);
  });
});

describe('isDoubtful', () => {
  it.each([
    ['We are for no mercenary.', -0.36, true],
    ['How far is it to the station?', -0.6, true],
    ['Go forward ten meters.', -0.2, false],
    ['Here, have you seen the packages?', -0.8, false],
    ['Hello.', -0.5, false],
    ['And so my fellow Americans ask not what your country can do for you', -0.45, false],
  ])('says of %j at %f: %j', (guess, confidence, doubtful) => {
    expect(isDoubtful({ guess, confidence })).toBe(doubtful);
  });
});

describe('agreedWords', () => {
  const agreed = (first: string, at: number, second: string, secondAt: number) =>
    agreedWords({ guess: first, confidence: at }, { guess: second, confidence: secondAt });

  it('takes words that stay the same, as the more confident result has them', () => {
    expect(agreed('Can you play some music?', -0.37, 'Can you play some music.', -0.36)).toBe(
      'Can you play some music.',
    );
    expect(agreed('Brad me the first message.', -0.39, 'Brad needed the first message.', -0.41)).toBe(
      'Brad me the first message.',
    );
  });

  it('takes a second result that is certain, whatever the first one was', () => {
    expect(agreed('Hellfars it to the station.', -0.55, 'How far is it to the station?', -0.13)).toBe(
      'How far is it to the station?',
    );
  });

  it.each([
    ['We are for no mercenary.', -0.36, 'We often know worth not.', -0.69],
    ['Let me grow it', -0.42, 'Let me go.', -0.87],
    ['I wish you well.', -0.49, '', -1.2],
  ])('takes none of %j (%f) beside %j (%f)', (first, at, second, secondAt) => {
    expect(agreed(first, at, second, secondAt)).toBe('');
  });
});

describe('the confidence of a search', () => {
  const confidence = (tokens: readonly (readonly [token: number, logProbability: number])[]) => {
    const search = new SearchConfidence();
    for (const [token, logProbability] of tokens) search.add(token, logProbability);
    return search.mean;
  };

  it('is the mean of its tokens, a single one that comes again included', () => {
    const tokens = [
      [5, -0.2],
      [6, -0.4],
      [5, -0.6],
      [2, 0],
    ] as const;
    expect(confidence(tokens)).toBeCloseTo(-0.3);
  });

  it('does not rise with the rounds of a search that runs in circles', () => {
    const round = [7, 8, 9];
    const unsure = round.map((token) => [token, -0.8] as const);
    const sure = round.map((token) => [token, -0.01] as const);
    expect(confidence([...unsure, ...sure, ...sure, ...sure, ...sure])).toBeLessThan(-0.45);
  });
});
