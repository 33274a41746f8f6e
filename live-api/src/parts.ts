// Opens what a server needs beside itself; speech packages are loaded only when they are used.

import { createAnswerer } from './answerer/index.js';
import type { OpenAnswerer } from './answerer-port.js';
import type { LiveApiOptions } from './options.js';
import type { Speech } from './speech/port.js';

export interface Parts {
  readonly speech: Speech;
  readonly openAnswerer: OpenAnswerer;
  describePicture(bytes: Buffer): Promise<string>;
}

export async function openParts(options: LiveApiOptions, log: (line: string) => void): Promise<Parts> {
  return {
    speech: await openSpeechOf(options, log),
    openAnswerer: options.answerer ?? createAnswerer,
    describePicture: async (bytes) => {
      const { describePicture } = await import('./vision/describe.js');
      return describePicture(bytes);
    },
  };
}

async function openSpeechOf(
  { speech = 'models', modelDir }: LiveApiOptions,
  log: (line: string) => void,
): Promise<Speech> {
  if (typeof speech === 'object') return speech;
  if (speech === 'tones') {
    const { openTones } = await import('./speech/tones.js');
    return openTones();
  }
  const { openSpeech } = await import('./speech/index.js');
  return openSpeech({ modelDir, log: { warn: log, error: log } });
}
