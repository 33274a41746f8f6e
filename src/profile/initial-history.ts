// Shortens `history` to a part of the model's context: a longer one would leave no room for the call.
import type { Profile } from './profile.js';

type History = Profile['history'];
type Turn = History[number];

/** Share of the context for the history. */
const SHARE = 1 / 4;
/** An estimate for English; parts without text count by their length as JSON. */
const CHARS_PER_TOKEN = 4;

/**
 * The newest turns that fit into a quarter of the context, beginning with a user turn. If the newest turn alone is
 * too long, its end is kept.
 */
export function fitHistory(history: History, contextTokens: number): History {
  const budget = Math.floor(contextTokens * SHARE * CHARS_PER_TOKEN);
  let left = budget;
  let from = history.length;
  for (const turn of history.toReversed()) {
    left -= sizeOf(turn);
    if (left < 0) break;
    from -= 1;
  }
  if (from === 0) return history;
  const newest = history.at(-1);
  if (from === history.length) return newest ? [endOf(newest, budget)] : history;
  const kept = history.slice(from);
  const asked = kept.findIndex(({ role }) => role === 'user');
  return asked > 0 ? kept.slice(asked) : kept;
}

function sizeOf({ parts }: Turn): number {
  let size = 0;
  for (const { text, ...rest } of parts) {
    size += text?.length ?? 0;
    if (Object.keys(rest).length > 0) size += JSON.stringify(rest).length;
  }
  return size;
}

function endOf({ role, parts }: Turn, chars: number): Turn {
  const text = parts.map((part) => part.text ?? '').join('');
  return { role, parts: [{ text: `…${text.slice(-chars)}` }] };
}
