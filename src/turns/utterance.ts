// What a person said, as a pure reducer: fragments of transcripts in, one segment with exactly one final out.
import { awaitsWords, LATE_WORDS_MS, weightOfText } from '../session/turn-words.js';

/** A final follows this long after the last fragment when nothing else ends the utterance. */
export const IDLE_FINAL_MS = 1_500;
/** The same once the person is known to have finished, or the model has begun to answer: late fragments only. */
export const ENDED_FINAL_MS = 300;
/** A hypothesis is followed by the words themselves, however slow the recogniser: it is the last word as a last resort. */
export const HYPOTHESIS_FINAL_MS = 6_000;

/** The same while the service says that the person goes on: pieces of one utterance come far apart. */
export const SPEAKING_FINAL_MS = 10_000;

export interface Utterance {
  /** Segment number; rises by one with each utterance. */
  readonly segment: number;
  readonly text: string;
  /** A hypothesis that the next fragment replaces. */
  readonly interim: string;
  /** Since when nothing is left to wait for but late fragments. */
  readonly endedAtMs: number | undefined;
  /** The person speaks, as the service has said. */
  readonly speaking: boolean;
  /** The sound of the utterance has more words than the text. */
  readonly partial: boolean;
  /** What was understood of it before it was sent again after a loss. */
  readonly earlier: string;
  /** When the final is due, once there is text. */
  readonly dueAtMs: number | undefined;
}

export const noUtterance: Utterance = {
  segment: 1,
  text: '',
  interim: '',
  endedAtMs: undefined,
  speaking: false,
  partial: false,
  earlier: '',
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
  /** It was not answered when its connection was lost, and is sent again: its words come again. */
  | { readonly type: 'restarted' }
  /** Time has passed. */
  | { readonly type: 'tick' }
  /** The call or the connection is over: whatever there is becomes final now. */
  | { readonly type: 'flush' };

export interface UtteranceStep {
  readonly utterance: Utterance;
  readonly captions: readonly { readonly segment: number; readonly text: string; readonly final: boolean }[];
}

/** @param voicedMs how long the person has spoken, which says how many words there are; 0: unknown */
export function advanceUtterance(
  before: Utterance,
  input: UtteranceInput,
  atMs: number,
  voicedMs = 0,
): UtteranceStep {
  switch (input.type) {
    case 'input-transcript':
      return withFragment(before, input, atMs, voicedMs);
    case 'activity':
      return input.phase === 'started' ? started(before) : ended({ ...before, speaking: false }, atMs);
    case 'restarted':
      return restarted(before, atMs);
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
  voicedMs: number,
): UtteranceStep {
  const said = fragment.interim ? fragment.text : before.text + fragment.text;
  if (said.trim() === '') return still(before);
  const [text, interim] = fragment.interim ? [before.text, said] : [said, ''];
  const endedAtMs = stillEnded(before, atMs);
  const partial = awaitsWords({ soundMs: voicedMs, words: weightOfText(said), text: said, finished: false });
  const next: Utterance = { ...before, text, interim, endedAtMs, partial };
  const utterance: Utterance = { ...next, dueAtMs: atMs + waitMs(next) };
  if (fragment.finished && !fragment.interim) return finish(utterance);
  return { utterance, captions: fragment.text === '' ? [] : [caption(utterance, text + interim, false)] };
}

function waitMs({ interim, endedAtMs, speaking, partial }: Utterance): number {
  if (interim !== '') return HYPOTHESIS_FINAL_MS;
  if (speaking) return SPEAKING_FINAL_MS;
  if (partial) return LATE_WORDS_MS;
  return endedAtMs === undefined ? IDLE_FINAL_MS : ENDED_FINAL_MS;
}

/** A new activity ends what was said before it; its own transcript comes later. */
function started(before: Utterance): UtteranceStep {
  // The same utterance, heard again.
  if (before.earlier !== '') return still({ ...before, speaking: true });
  const { utterance, captions } = finish(before);
  return { utterance: { ...utterance, speaking: true }, captions };
}

function restarted(before: Utterance, atMs: number): UtteranceStep {
  const earlier = before.text + before.interim;
  if (earlier === '') return still(before);
  return still({
    ...before,
    text: '',
    interim: '',
    earlier,
    endedAtMs: undefined,
    dueAtMs: atMs + SPEAKING_FINAL_MS,
  });
}

/** An end of which no word came, long ago, was of something else: an answer to what was typed, a greeting. */
function stillEnded(before: Utterance, atMs: number): number | undefined {
  const { endedAtMs, dueAtMs } = before;
  const isStale = endedAtMs !== undefined && dueAtMs === undefined && atMs - endedAtMs >= IDLE_FINAL_MS;
  return isStale ? undefined : endedAtMs;
}

function ended(before: Utterance, atMs: number): UtteranceStep {
  const { dueAtMs } = before;
  const endedAtMs = dueAtMs === undefined ? atMs : (before.endedAtMs ?? atMs);
  if (dueAtMs === undefined) return still({ ...before, endedAtMs });
  const next = { ...before, endedAtMs };
  // Nothing that is known later makes the final later.
  const isKnown = before.endedAtMs !== undefined;
  const nextDueAtMs = atMs + waitMs(next);
  return still({ ...next, dueAtMs: isKnown ? Math.min(dueAtMs, nextDueAtMs) : nextDueAtMs });
}

function finish(before: Utterance): UtteranceStep {
  const text = (before.text + before.interim).trim() || before.earlier.trim();
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
