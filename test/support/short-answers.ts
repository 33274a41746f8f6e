// A local Live API of tones that answers whatever is said or written with one short word, and a story with a long one.
import { type LiveApiOptions, type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';

/** Spoken for about 12 s. */
export const STORY =
  'Once upon a time there was a house at the edge of a wood, and in it lived a fox. '.repeat(3);

export function startShortAnswers(options: Partial<LiveApiOptions> = {}): Promise<LiveApiServer> {
  return startLiveApi({
    speech: 'tones',
    pace: 'prompt',
    scenario: {
      rules: [
        { when: { text: 'story' }, do: [{ say: STORY }] },
        { when: { text: '.' }, do: [{ say: 'Well.' }] },
        { when: { speech: true }, do: [{ say: 'Yes.' }] },
      ],
    },
    ...options,
  });
}
