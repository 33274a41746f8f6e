// Speech for tests that wait for whole turns: recognisers as those of tones, and a voice that takes a tenth of a second for anything.
import { type Speech, VOICE_RATE } from '../../src/speech/port.js';
import { openTones } from '../../src/speech/tones.js';

export function quickSpeech(): Speech {
  const tones = openTones();
  return {
    ...tones,
    async *say(_text, _voice, signal) {
      if (!signal.aborted) yield new Int16Array(VOICE_RATE / 10).fill(1000);
    },
  };
}
