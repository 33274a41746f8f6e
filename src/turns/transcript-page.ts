// One answer of `get_transcript`: as much of a call's record as an RPC may hold.
import type { RecordedTurn, Transcript } from './recorded.js';

/** LiveKit refuses RPC answers above 15 KiB. */
const MAX_PAGE_BYTES = 14_000;

/** As many turns from `from` on as one answer holds, and where the next page begins; at least one turn, cut to fit. */
export function transcriptPage(
  { turns }: Transcript,
  { from }: { readonly from: number },
): { readonly turns: readonly RecordedTurn[]; readonly total: number; readonly next: number | null } {
  const page: RecordedTurn[] = [];
  let bytes = 0;
  for (const turn of turns.slice(from)) {
    bytes += byteLength(turn);
    if (bytes > MAX_PAGE_BYTES && page.length > 0) break;
    page.push(bytes > MAX_PAGE_BYTES ? cut(turn) : turn);
  }
  const next = from + page.length;
  return { turns: page, total: turns.length, next: next < turns.length ? next : null };
}

function byteLength(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length + 1;
}

/** A turn that is larger than an answer by itself: its words shortened, and its tools without their arguments. */
function cut(turn: RecordedTurn): RecordedTurn {
  const { said: _, ...rest } = turn;
  const tools = turn.tools.slice(0, 20).map((tool) => ({ ...tool, args: {} }));
  return { ...rest, user: turn.user.slice(0, 2_000), agent: turn.agent.slice(0, 2_000), tools };
}
