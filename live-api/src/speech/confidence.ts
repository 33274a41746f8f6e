// Accepts or rejects a recognition result by its confidence: the model also finds words in noise and in babble.

/** Mean log probability of a token. Sentences were at -0.29 and above, sentences found in noise at -0.52 and below. */
const MIN_SENTENCE_CONFIDENCE = -0.5;
/** One or two words never reach that ("Hello." at -0.65): they have too little context. */
const MIN_WORD_CONFIDENCE = -0.7;
const FEW_WORDS = 2;
/** Below this, speech played backwards is as likely as speech over noise: the sound is recognised a second time. */
const CERTAIN_CONFIDENCE = -0.35;
/** What a second result that is certain can still save. */
const HOPELESS_CONFIDENCE = -0.62;
/** So many words do not get this confident by accident. */
const MANY_WORDS = 12;
/** Of two results: their mean confidence, less half of the share of the words in which they differ. */
const MIN_AGREEMENT = -0.65;

/** What has to come again to count as a phrase that does. */
const PHRASE_TOKENS = 3;

export interface Guess {
  readonly guess: string;
  /** Mean natural logarithm of the tokens' probabilities: 0 is certain. */
  readonly confidence: number;
}

/**
 * The mean log probability of the tokens of a search. A phrase that comes again counts once: a search that finds no
 * words may run in circles ("You're not going to lose. You're not going to lose."), more certain with every round.
 */
export class SearchConfidence {
  readonly #phrases = new Set<string>();
  readonly #last: number[] = [];
  #sum = 0;
  #count = 0;

  add(token: number, logProbability: number): void {
    this.#last.push(token);
    if (this.#last.length > PHRASE_TOKENS) this.#last.shift();
    const phrase = this.#last.join();
    if (this.#phrases.has(phrase)) return;
    this.#phrases.add(phrase);
    this.#sum += logProbability;
    this.#count++;
  }

  get mean(): number {
    return this.#sum / Math.max(1, this.#count);
  }
}

/**
 * A word or two have to end like a sentence as well: the model's "You" and "Mm-Hmm" for clicks and hums, which it
 * may rate very high (-0.07), never do, and a person's "You." does.
 */
export function isConfident({ guess, confidence }: Guess): boolean {
  const { length } = wordsOf(guess);
  if (length === 0) return false;
  if (length > FEW_WORDS) return confidence >= MIN_SENTENCE_CONFIDENCE;
  return confidence >= MIN_WORD_CONFIDENCE && /[.,!?]$/.test(guess);
}

/** Whether another result for the same sound, spoken a little faster, can decide: words that were said stay the same. */
export function isDoubtful({ guess, confidence }: Guess): boolean {
  const { length } = wordsOf(guess);
  return (
    length > FEW_WORDS &&
    length <= MANY_WORDS &&
    confidence < CERTAIN_CONFIDENCE &&
    confidence >= HOPELESS_CONFIDENCE
  );
}

/** The words of two results for the same sound, of which the first was doubtful; empty where they do not agree. */
export function agreedWords(first: Guess, second: Guess): string {
  const [words, others] = [wordsOf(first.guess), wordsOf(second.guess)];
  if (second.confidence >= CERTAIN_CONFIDENCE && others.length > FEW_WORDS) return second.guess;
  if (!isConfident(first)) return '';
  const agreement =
    (first.confidence + second.confidence) / 2 - differences(words, others) / words.length / 2;
  if (agreement < MIN_AGREEMENT) return '';
  return first.confidence >= second.confidence ? first.guess : second.guess;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}']*/gu) ?? [];
}

/** The least number of words to replace, to add or to leave out that make one of the other. */
function differences(words: readonly string[], others: readonly string[]): number {
  let before = [0, ...others.map((_, index) => index + 1)];
  for (const [row, word] of words.entries()) {
    const now = [row + 1];
    for (const [column, other] of others.entries()) {
      const replaced = (before[column] as number) + (word === other ? 0 : 1);
      now.push(Math.min(replaced, (before[column + 1] as number) + 1, (now[column] as number) + 1));
    }
    before = now;
  }
  return before.at(-1) as number;
}
