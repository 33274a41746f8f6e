// What has to hold at the end of a story: words are heard once, answers are captioned once, no tool runs twice.
import type { BridgeEnd } from '../../src/bridge/options.js';

const ANSWER_TOKEN = /\ba\d+x\d+\b/g;

export interface StoryAnswer {
  readonly id: number;
  readonly tokens: readonly string[];
  readonly playedAtMs: number;
  /** All of its sound and words have been sent. */
  whole: boolean;
  cut: boolean;
}

export interface StoryResult {
  readonly ends: readonly BridgeEnd[];
  /** The reasons of the closes with a code of refusal. */
  readonly refusals: readonly string[];
  readonly toolRuns: ReadonlyMap<number, number>;
  /** The codes of the error events that the room got. */
  readonly errors: readonly string[];
  /** What people have said and typed. */
  readonly words: readonly string[];
  readonly heard: ReadonlySet<string>;
  readonly doubled: readonly string[];
  /** The final captions. */
  readonly said: readonly { readonly role: 'user' | 'model'; readonly text: string }[];
  readonly answers: readonly StoryAnswer[];
  /** The utterances whose transcript has come whole. */
  readonly transcribed: ReadonlySet<string>;
}

export function storyFaults(story: StoryResult): string[] {
  const { ends, refusals, toolRuns, errors, words, heard, doubled } = story;
  const wrong: string[] = [];
  const isEnded = ends.some(({ reason }) => reason === 'refused');
  const again = refusals.some((reason, index) => refusals.indexOf(reason) !== index);
  if (isEnded && !again) wrong.push(`the call has ended: ${JSON.stringify(ends)}`);
  for (const [number, runs] of toolRuns) if (runs > 1) wrong.push(`tool ${number} ran ${runs} times`);
  if (isEnded) return wrong;
  const lost = words.filter((word) => !heard.has(word));
  const count = (codes: readonly string[]): number => errors.filter((code) => codes.includes(code)).length;
  // One event reports all speech that was lost in an outage, and one each text.
  if (count(['not_heard', 'unheard']) === 0)
    for (const word of lost.filter(isSpoken)) wrong.push(`${word} was never heard, and nobody was told`);
  const written = lost.filter((word) => !isSpoken(word));
  if (written.length > count(['input', 'unanswered']))
    wrong.push(`of ${written.join(' and ')} not every one was read or reported`);
  for (const token of doubled) wrong.push(`${token} was heard twice`);
  return [...wrong, ...captionFaults(story)];
}

const isSpoken = (word: string): boolean => word.startsWith('u');

function captionFaults({ said, answers, transcribed }: StoryResult): string[] {
  const wrong: string[] = [];
  const finals = said.filter(({ role, text }) => role === 'model' && text !== '').map(({ text }) => text);
  const shown = finals.map((text) => text.match(ANSWER_TOKEN) ?? []);
  for (const tokens of shown) {
    const of = new Set(tokens.map((token) => token.split('x')[0]));
    if (of.size > 1) wrong.push(`one caption has words of ${[...of].join(' and ')}: ${tokens.join(' ')}`);
  }
  const all = shown.flat();
  for (const token of repeated(all)) wrong.push(`${token} was captioned twice`);
  for (const { tokens, whole, cut } of answers) {
    if (!whole || cut) continue;
    const missing = tokens.filter((token) => !all.includes(token));
    if (missing.length > 0) wrong.push(`not captioned: ${missing.join(' ')}`);
  }
  const people = said
    .filter(({ role }) => role === 'user')
    .flatMap(({ text }) => text.match(/\bu\d+\b/g) ?? []);
  for (const token of repeated(people)) wrong.push(`${token} was captioned twice`);
  for (const token of transcribed)
    if (!people.includes(token)) wrong.push(`${token} was transcribed and not captioned`);
  return wrong;
}

function repeated(tokens: readonly string[]): Set<string> {
  return new Set(tokens.filter((token, index) => tokens.indexOf(token) !== index));
}
