// Sentences as a person would speak them, made by flite, for tests in which the local Live API recognises words.

import type { Person } from '../../cli/person.js';
import { Flite } from '../../live-api/src/speech/flite.js';
import { speakingVoice } from '../../live-api/src/speech/voices.js';

const RATE = 16_000;

export interface Speech {
  /** Resolves when all of it was played into the person's microphone. */
  say(person: Person, text: string): Promise<unknown>;
}

export async function loadSpeech(): Promise<Speech> {
  const flite = await Flite.load();
  return {
    say: (person, text) => person.speak(flite.speak(text, speakingVoice('Kore')), RATE),
  };
}
