// The known name that a mistyped one was probably meant to be.
import { distance } from 'fastest-levenshtein';

/** The closest of `known`; undefined when none is close enough for a suggestion. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  // The cost grows with the square of the length; longer names are no typing errors.
  if (name.length > 64) return undefined;
  const wanted = fold(name);
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const candidate of known) {
    const edits = editDistance(wanted, fold(candidate));
    if (best === undefined || edits < best.edits) best = { name: candidate, edits };
  }
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  return best !== undefined && best.edits <= allowed ? best.name : undefined;
}

/** Ignores case and separators, the most common errors: `max_duration_ms` for `maxDurationMs`. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[_\-\s]/g, '');
}

/** Insertions, deletions, replacements, and a swap of two neighbours, which the library counts as two. */
function editDistance(a: string, b: string): number {
  const edits = distance(a, b);
  return edits === 2 && isSwap(a, b) ? 1 : edits;
}

function isSwap(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return a.slice(at, at + 2) === `${b[at + 1]}${b[at]}` && a.slice(at + 2) === b.slice(at + 2);
}
