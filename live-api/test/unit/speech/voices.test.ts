import { describe, expect, it } from 'vitest';
import { speakingVoice, voiceNumber } from '../../../src/speech/voices.js';

const WOMEN = ['Zephyr', 'Kore', 'Leda', 'Aoede', 'Sulafat', 'Despina'];
const MEN = ['Puck', 'Charon', 'Fenrir', 'Orus', 'Algieba', 'Iapetus'];

describe('speakingVoice', () => {
  it('gives women a woman and men a man', () => {
    for (const name of WOMEN) expect(speakingVoice(name).flite).toBe('slt');
    for (const name of MEN) expect(speakingVoice(name).flite).not.toBe('slt');
  });

  it('makes every well-known voice different', () => {
    const voices = [...WOMEN, ...MEN].map((name) => {
      const { flite, pitch, tempo } = speakingVoice(name);
      // rms cannot change its pitch.
      return flite === 'rms' ? `${flite} ${tempo}` : `${flite} ${pitch} ${tempo}`;
    });
    expect(new Set(voices).size).toBe(voices.length);
  });

  it('gives the same voice to the same name, known or not, in any case', () => {
    expect(speakingVoice('puck')).toBe(speakingVoice(' Puck '));
    expect(speakingVoice('Nobody Knows')).toBe(speakingVoice('nobody knows'));
    expect(speakingVoice('')).toBe(speakingVoice(''));
  });

  it('spreads unknown names over the voices', () => {
    const numbers = Array.from({ length: 200 }, (_, index) => voiceNumber(`voice ${index}`, 10));
    expect(new Set(numbers).size).toBe(10);
    expect(Math.min(...numbers)).toBe(0);
    expect(Math.max(...numbers)).toBe(9);
  });
});
