// What a person said, as a pure reducer: fragments of transcripts in, one segment with exactly one final out.

/** A final follows this long after the last fragment when nothing else ends the utterance. */
export const IDLE_FINAL_MS = 1_500;
/** The same once the person is known to have finished, or the model has begun to answer: stragglers only. */
export const ENDED_FINAL_MS = 300;

export interface Utterance {
  /** Segment number; rises by one with each utterance. */
  readonly segment: number;
  readonly text: string;
  /** A hypothesis that the next fragment replaces. */
  readonly interim: string;
  /** Nothing is left to wait for but stragglers. */
  readonly ended: boolean;
  /** When the final is due, once there is text. */
  readonly dueAtMs: number | undefined;
}

export const noUtterance: Utterance = { segment: 1, text: '', interim: '', ended: false, dueAtMs: undefined };

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
  if (fragment.interim) {
    if (fragment.text.trim() === '') return still(before);
    const utterance = { ...before, interim: fragment.text, dueAtMs: atMs + IDLE_FINAL_MS };
    return { utterance, captions: [caption(utterance, `${before.text}${fragment.text}`, false)] };
  }
  const text = before.text + fragment.text;
  if (text.trim() === '') return still(before);
  const utterance: Utterance = {
    ...before,
    text,
    interim: '',
    dueAtMs: atMs + (before.ended ? ENDED_FINAL_MS : IDLE_FINAL_MS),
  };
  if (fragment.finished) return finish(utterance);
  return { utterance, captions: fragment.text === '' ? [] : [caption(utterance, text, false)] };
}

function ended(before: Utterance, atMs: number): UtteranceStep {
  if (before.ended) return still(before);
  const waits = before.dueAtMs !== undefined;
  return still({ ...before, ended: true, dueAtMs: waits ? atMs + ENDED_FINAL_MS : undefined });
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
