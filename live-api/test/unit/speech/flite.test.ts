import { beforeAll, describe, expect, it } from 'vitest';
import { Flite } from '../../../src/speech/flite.js';
import { finishSound } from '../../../src/speech/utterance-sound.js';
import { type SpeakingVoice, speakingVoice } from '../../../src/speech/voices.js';

let flite: Flite;
beforeAll(async () => {
  flite = await Flite.load();
});

const peak = (samples: Int16Array) => samples.reduce((top, sample) => Math.max(top, Math.abs(sample)), 0);

/** The pitch in Hz: the median over the loud parts of how far the sound is like itself a little later. */
function pitchOf(samples: Int16Array): number {
  const found: number[] = [];
  for (let from = 0; from + 1000 < samples.length; from += 512) {
    const frame = samples.subarray(from, from + 1000);
    if (frame.reduce((sum, sample) => sum + sample * sample, 0) / 1000 < 1e6) continue;
    let best = 0;
    let bestLag = 0;
    for (let lag = 45; lag < 260; lag++) {
      let sum = 0;
      for (let index = 0; index < 700; index++)
        sum += (frame[index] as number) * (frame[index + lag] as number);
      if (sum > best) [best, bestLag] = [sum, lag];
    }
    found.push(16_000 / bestLag);
  }
  return found.sort((a, b) => a - b)[found.length >> 1] as number;
}

describe('Flite', () => {
  it('speaks at 16 kHz, about as long as a person would', () => {
    const samples = flite.speak('The timer is set for ten minutes.', speakingVoice('Kore'));
    expect(samples.length / 16_000).toBeGreaterThan(1.5);
    expect(samples.length / 16_000).toBeLessThan(3.5);
    expect(peak(samples)).toBeGreaterThan(5000);
  });

  it('says the same text the same way', () => {
    const voice = speakingVoice('Puck');
    expect(flite.speak('Hello there.', voice)).toEqual(flite.speak('Hello there.', voice));
  });

  it('follows the tempo and the pitch of a voice', () => {
    const plain: SpeakingVoice = { flite: 'slt', pitch: 1, tempo: 1, gain: 1 };
    const text = 'What would you like to know about the weather?';
    const normal = flite.speak(text, plain);
    const fast = flite.speak(text, { ...plain, tempo: 1.25 });
    const high = flite.speak(text, { ...plain, pitch: 1.25 });
    expect(normal.length / fast.length).toBeCloseTo(1.25, 1);
    expect(pitchOf(high) / pitchOf(normal)).toBeGreaterThan(1.1);
    expect(pitchOf(flite.speak(text, speakingVoice('Charon')))).toBeLessThan(pitchOf(normal) * 0.8);
  });

  it('takes a text for what it is, not for an option', () => {
    expect(flite.speak('-lv', speakingVoice('Kore')).length).toBeGreaterThan(8000);
    expect(flite.speak('--help "quoted" $HOME', speakingVoice('Kore')).length).toBeGreaterThan(8000);
  });
});

describe('finishSound', () => {
  it.each(['Puck', 'Charon', 'Kore', 'Fenrir', 'Aoede', 'Leda', 'Orus', 'Zephyr', 'Algenib'])(
    'makes %s begin soon, loud enough and unclipped',
    (name) => {
      const voice = speakingVoice(name);
      const spoken = flite.speak('Hello! What would you like to try today?', voice);
      const sound = finishSound(spoken, voice, 100);
      const first = sound.findIndex((sample) => Math.abs(sample) > 300);
      expect(first / 24).toBeLessThan(150);
      expect(peak(sound)).toBeGreaterThan(12_000);
      expect(sound.filter((sample) => Math.abs(sample) >= 32_767).length).toBeLessThan(sound.length / 1000);
      expect(sound.length).toBeLessThan(spoken.length * 1.5);
    },
  );

  it('puts the pause behind it', () => {
    const voice = speakingVoice('Kore');
    const spoken = flite.speak('Yes.', voice);
    const difference = finishSound(spoken, voice, 500).length - finishSound(spoken, voice, 0).length;
    expect(difference).toBe(12_000);
    expect(
      finishSound(spoken, voice, 500)
        .slice(-11_000)
        .every((sample) => sample === 0),
    ).toBe(true);
  });

  it('makes nothing of silence', () => {
    expect(finishSound(new Int16Array(1000).fill(5), speakingVoice('Kore'), 100).length).toBe(0);
  });
});
