// How much of an answer's text was heard: fragments anchored to the playout, a pure calculation.
import { OUTPUT_RATE } from '../audio/pcm.js';
import { weightOfText } from '../session/turn-words.js';

export interface Fragment {
  readonly text: string;
  /** The position in the playout at which it arrived, in samples. */
  readonly at: number;
}

/** The text of the fragments that playout has reached. */
export function releasedText(fragments: readonly Fragment[], heard: number): string {
  let text = '';
  for (const fragment of fragments) {
    if (fragment.at > heard) break;
    text += fragment.text;
  }
  return text;
}

/** The position of the next fragment that is still to be released. */
export function nextRelease(fragments: readonly Fragment[], heard: number): number | undefined {
  return fragments.find((fragment) => fragment.at > heard)?.at;
}

/** Speech has more letters than one in so many samples: audio with fewer has words that have not come yet. */
const SAMPLES_A_LETTER = OUTPUT_RATE / 10;

/**
 * The text of an answer that was cut off at `heard`, of the audio from `start` to `end`.
 * A fragment of which only a part was heard is cut in proportion, at the end of a word; fragments that arrived at
 * the same position share their stretch of audio. Late transcripts, which came when all of the audio was there, share
 * the stretch before them where it has too few words.
 */
export function textUpTo(fragments: readonly Fragment[], heard: number, end: number, start = end): string {
  let text = '';
  for (let i = 0; i < fragments.length; ) {
    const at = fragments[i]?.at ?? 0;
    const from = at < end ? at : Math.min(start, end);
    if (from >= heard) break;
    let stretch = '';
    for (; i < fragments.length; i += 1) {
      const { at: next, text: words } = fragments[i] as Fragment;
      const isLate = next >= end && end - from > weightOfText(stretch) * SAMPLES_A_LETTER;
      if (next !== at && !isLate) break;
      stretch += words;
    }
    const to = i < fragments.length ? Math.min(fragments[i]?.at ?? end, end) : Math.max(end, from);
    text += heard >= to ? stretch : firstWords(stretch, (heard - from) / (to - from));
    if (to >= end) break;
  }
  return text.trim();
}

/** Also finds words of languages that write no spaces between them. */
const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** The words that end within a share of the text; a word that is cut off is left out. */
function firstWords(text: string, share: number): string {
  const limit = Math.floor(text.length * share);
  let cut = 0;
  for (const { segment } of words.segment(text)) {
    if (cut + segment.length > limit) break;
    cut += segment.length;
  }
  return text.slice(0, cut);
}
