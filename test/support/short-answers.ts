// Local Live APIs whose answers are known beforehand: of tones, and one that recognises and speaks.
import { type LiveApiOptions, type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { MODEL_DIR } from './model-dir.js';

/** Spoken for about 12 s. */
export const STORY =
  'Once upon a time there was a house at the edge of a wood, and in it lived a fox. '.repeat(3);

/** To what begins with "Slowly". */
export const SLOW_ANSWER = 'Well, let me think about that.';

/** Of tones: answers whatever is said or written with one short word, and a story with a long one. */
export function startShortAnswers(options: Partial<LiveApiOptions> = {}): Promise<LiveApiServer> {
  return startLiveApi({
    speech: 'tones',
    pace: 'prompt',
    scenario: {
      rules: [
        { when: { text: 'story' }, do: [{ say: STORY }] },
        // Thinking and speaking each last long enough to be seen by who gets only the newest of several states.
        { when: { text: '^Slowly' }, afterMs: 600, do: [{ say: SLOW_ANSWER }] },
        { when: { text: '^look$' }, do: [{ call: { name: 'look', args: {} } }] },
        { when: { text: '.' }, do: [{ say: 'Well.' }] },
        { when: { speech: true }, do: [{ say: 'Yes.' }] },
      ],
    },
    ...options,
  });
}

/** Recognises and speaks, and answers whatever it understands with the same text. */
export function startSameAnswer(text: string, options: Partial<LiveApiOptions> = {}): Promise<LiveApiServer> {
  return startLiveApi({
    modelDir: MODEL_DIR,
    answerer: () => ({
      answer: () => ({ kind: 'text', text }),
      answerToolResult: () => 'Done.',
      remember: () => {},
    }),
    ...options,
  });
}
