// What a person said, as a pure reducer: fragments of transcripts in, one segment with exactly one final out.

/** A final follows this long after the last fragment when nothing else ends the utterance. */
export const IDLE_FINAL_MS = 1_500;
/** The same once the person is known to have finished, or the model has begun to answer: lateFragments only. */
export const ENDED_FINAL_MS = 300;
/** A hypothesis is followed by the words themselves, however slow the recogniser: it is the last word as a last resort. */
export const HYPOTHESIS_FINAL_MS = 6_000;

export interface Utterance {
  /** Segment number; rises by one with each utterance. */
  readonly segment: number;
  readonly text: string;
  /** A hypothesis that the next fragment replaces. */
  readonly interim: string;
  /** Since when nothing is left to wait for but lateFragments. */
  readonly endedAtMs: number | undefined;
  /** When the final is due, once there is text. */
  readonly dueAtMs: number | undefined;
}

export const noUtterance: Utterance = {
  segment: 1,
  text: '',
  interim: '',
  endedAtMs: undefined,
  dueAtMs: undefined,
};

export type UtteranceInput =
  | {
      readonly type: 'input-transcript';
      readonly text: string;
      readonly finished: boolean;
      readonly interim: boolean;
    }
  | { readonly type: 'activity'; readonly phase: 'started' | 'ended' }
  /** The model has begun to answer, or calls a tool. */
  | { readonly type: 'answered' }
  /** Time has passed. */
  | { readonly type: 'tick' }
  /** The call or the connection is over: whatever there is becomes final now. */
  | { readonly type: 'flush' };

export interface UtteranceStep {
  readonly utterance: Utterance;
  readonly captions: readonly { readonly segment: number; readonly text: string; readonly final: boolean }[];
}

export function advanceUtterance(before: Utterance, input: UtteranceInput, atMs: number): UtteranceStep {
  switch (input.type) {
    case 'input-transcript':
      return withFragment(before, input, atMs);
    case 'activity':
      // A new activity ends what was said before it; its own transcript comes later.
      return input.phase === 'started' ? finish(before) : ended(before, atMs);
    case 'answered':
      return ended(before, atMs);
    case 'tick':
      return before.dueAtMs !== undefined && atMs >= before.dueAtMs ? finish(before) : still(before);
    case 'flush':
      return finish(before);
  }
}

function withFragment(
  before: Utterance,
  fragment: { text: string; finished: boolean; interim: boolean },
  atMs: number,
): UtteranceStep {
  const said = fragment.interim ? fragment.text : before.text + fragment.text;
  if (said.trim() === '') return still(before);
  const [text, interim] = fragment.interim ? [before.text, said] : [said, ''];
  const endedAtMs = stillEnded(before, atMs);
  const utterance: Utterance = {
    ...before,
    text,
    interim,
    endedAtMs,
    dueAtMs: atMs + waitMs(interim, endedAtMs),
  };
  if (fragment.finished && !fragment.interim) return finish(utterance);
  return { utterance, captions: fragment.text === '' ? [] : [caption(utterance, text + interim, false)] };
}

function waitMs(interim: string, endedAtMs: number | undefined): number {
  if (interim !== '') return HYPOTHESIS_FINAL_MS;
  return endedAtMs === undefined ? IDLE_FINAL_MS : ENDED_FINAL_MS;
}

/** An end of which no word came, long ago, was of something else: an answer to what was typed, a greeting. */
function stillEnded(before: Utterance, atMs: number): number | undefined {
  const { endedAtMs, dueAtMs } = before;
  const isStale = endedAtMs !== undefined && dueAtMs === undefined && atMs - endedAtMs >= IDLE_FINAL_MS;
  return isStale ? undefined : endedAtMs;
}

function ended(before: Utterance, atMs: number): UtteranceStep {
  const waits = before.dueAtMs !== undefined;
  if (before.endedAtMs !== undefined && waits) return still(before);
  return still({
    ...before,
    endedAtMs: atMs,
    dueAtMs: waits ? atMs + waitMs(before.interim, atMs) : undefined,
  });
}

function finish(before: Utterance): UtteranceStep {
  const text = (before.text + before.interim).trim();
  if (text === '') return still({ ...noUtterance, segment: before.segment });
  return {
    utterance: { ...noUtterance, segment: before.segment + 1 },
    captions: [caption(before, text, true)],
  };
}

function caption(utterance: Utterance, text: string, final: boolean): UtteranceStep['captions'][number] {
  return { segment: utterance.segment, text: text.trim(), final };
}

function still(utterance: Utterance): UtteranceStep {
  return { utterance, captions: [] };
}
