// Accepts or rejects a recognition result by its confidence: the model also finds words in noise.

/** Mean log probability of a token. Sentences were at -0.29 and above, sentences found in noise at -0.52 and below. */
const MIN_SENTENCE_CONFIDENCE = -0.5;
/** One or two words never reach that ("Hello." at -0.65): they have too little context. */
const MIN_WORD_CONFIDENCE = -0.7;
const FEW_WORDS = 2;

/**
 * A word or two have to end like a sentence as well: the model's "You" and "Mm-Hmm" for clicks and hums, which it
 * may rate very high (-0.07), never do, and a person's "You." does.
 */
export function isConfident(guess: string, confidence: number): boolean {
  const words = guess.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (words.length === 0) return false;
  if (words.length > FEW_WORDS) return confidence >= MIN_SENTENCE_CONFIDENCE;
  return confidence >= MIN_WORD_CONFIDENCE && /[.,!?]$/.test(guess);
}
