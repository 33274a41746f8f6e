// Holds sitting after sitting until each subject has its rounds: how its frames fall into step differs from call to call.
import { type CallResult, sit } from './measure/sitting.js';
import type { SubjectName } from './subjects/messages.js';

const ROUNDS_A_SITTING = 6;

/** Spreads rounds over as few sittings as hold them, as evenly as can be. */
export function roundsOfSittings(rounds: number, most = ROUNDS_A_SITTING): number[] {
  const sittings = Math.ceil(rounds / most);
  const least = Math.floor(rounds / sittings);
  return Array.from({ length: sittings }, (_, sitting) => least + (sitting < rounds % sittings ? 1 : 0));
}

/** @param say called with each sitting before it begins */
export async function compare(
  url: string,
  subjects: readonly SubjectName[],
  rounds: number,
  say: (line: string) => void,
): Promise<CallResult[]> {
  const results: CallResult[] = [];
  const shares = roundsOfSittings(rounds);
  for (const [index, share] of shares.entries()) {
    say(`sitting ${index + 1} of ${shares.length}: ${share} rounds with each of ${subjects.join(', ')}`);
    results.push(...(await sit(url, subjects, share)));
  }
  return results;
}
