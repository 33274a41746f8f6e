// How much of an answer's text was heard: fragments anchored to the playout, a pure calculation.

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

/**
 * The text of an answer that was cut off at `heard`, of the audio that ends at `end`.
 * A fragment of which only a part was heard is cut in proportion, at the end of a word;
 * fragments that arrived at the same position share their stretch of audio.
 */
export function textUpTo(fragments: readonly Fragment[], heard: number, end: number): string {
  let text = '';
  for (let i = 0; i < fragments.length; ) {
    const from = fragments[i]?.at ?? 0;
    if (from >= heard) break;
    let stretch = '';
    while (i < fragments.length && fragments[i]?.at === from) {
      stretch += fragments[i]?.text ?? '';
      i += 1;
    }
    const to = fragments[i]?.at ?? Math.max(end, from);
    text += heard >= to ? stretch : firstWords(stretch, (heard - from) / (to - from));
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
