// When speech begins and ends, from probabilities.
import { describe, expect, test } from 'vitest';
import { SpeechState } from '../../../src/audio/voice-activity.js';

/** What each of the windows does. */
function changes(state: SpeechState, ...probabilities: readonly number[]): (string | undefined)[] {
  return probabilities.map((probability) => state.step(probability));
}

describe('speech', () => {
  test('begins with its second window: a single one is a click', () => {
    const state = new SpeechState();
    expect(changes(state, 0.9, 0.1, 0.9, 0.9)).toEqual([undefined, undefined, undefined, 'started']);
    expect(state.speaking).toBe(true);
  });

  test('begins also where a soft window lies between two clear ones', () => {
    expect(changes(new SpeechState(), 0.6, 0.4, 0.6)).toEqual([undefined, undefined, 'started']);
  });

  test('never begins with windows below the limit', () => {
    const state = new SpeechState();
    expect(changes(state, ...new Array(50).fill(0.49))).not.toContain('started');
  });

  test('ends after 500 ms without speech, and a pause between words does not end it', () => {
    const state = new SpeechState();
    changes(state, 0.9, 0.9);
    expect(changes(state, ...new Array(15).fill(0.1))).not.toContain('ended');
    expect(state.silenceMs).toBe(480);
    expect(state.step(0.9)).toBeUndefined();
    expect(state.silenceMs).toBe(0);
    const pause = changes(state, ...new Array(16).fill(0.1));
    expect(pause.indexOf('ended')).toBe(15);
    expect(state.speaking).toBe(false);
  });

  test('ends also where noise between the two limits goes on', () => {
    const state = new SpeechState();
    changes(state, 0.9, 0.9);
    expect(changes(state, ...new Array(40).fill(0.45))).toContain('ended');
    expect(changes(state, ...new Array(40).fill(0.45))).not.toContain('started');
  });
});
