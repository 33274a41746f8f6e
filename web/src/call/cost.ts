// What the tokens of a call cost, by Google's list prices: an estimate for the eye, not a bill.
import type { Tokens } from './log-types.js';

/** US dollars for a million tokens of the native-audio Live models (ai.google.dev/gemini-api/docs/pricing). */
const PER_MILLION = {
  prompt: { TEXT: 0.5, AUDIO: 3, VIDEO: 3, IMAGE: 3 },
  response: { TEXT: 2, AUDIO: 12 },
} as const;

export function costOf({ prompt, response, thoughts, byModality }: Tokens): number {
  const input = sum(byModality.prompt, PER_MILLION.prompt, prompt);
  const output = sum(byModality.response, PER_MILLION.response, response);
  return (input + output + thoughts * PER_MILLION.response.TEXT) / 1e6;
}

/** What comes without a modality counts as text. */
function sum(
  counts: Readonly<Record<string, number>>,
  prices: Readonly<Record<string, number>> & { readonly TEXT: number },
  total: number,
): number {
  let cost = 0;
  let counted = 0;
  for (const [modality, tokens] of Object.entries(counts)) {
    cost += tokens * (prices[modality] ?? prices.TEXT);
    counted += tokens;
  }
  return cost + Math.max(0, total - counted) * prices.TEXT;
}
