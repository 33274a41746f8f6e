// The conversation's state, what moves it on, and what follows from that.
import type { PcmChunk } from '../audio/pcm.js';
import type { ModelEvent, ModelEventOf } from '../session/port.js';

/** After an interruption, audio that comes later than this belongs to a new turn even if nothing else said so. */
export const LATE_AUDIO_MS = 1_500;
/** Activity that the service reports this soon after `interrupted` is the barge-in itself, not a new one. */
export const SAME_BARGE_IN_MS = 250;
/** A transcript fragment this soon after a turn has ended still belongs to it. */
export const STRAGGLER_MS = 300;

export interface Turn {
  readonly id: number;
  /** Where its audio begins in the playout, in samples. */
  readonly start: number;
  readonly generated: boolean;
  /** Where its audio ends, once nothing more will come: turnComplete was said, or the connection is gone. */
  readonly end?: number;
}

export type Gate =
  | { readonly open: true }
  /** `patient`: we interrupted by ourselves, the service goes on until its turnComplete. */
  | { readonly open: false; readonly sinceMs: number; readonly patient: boolean };

export interface Conversation {
  /** Unfinished turns, oldest first; only the last can be open, the others are still being heard. */
  readonly turns: readonly Turn[];
  readonly lastTurn: { readonly id: number; readonly endedAtMs: number };
  readonly gate: Gate;
  /** Text that came before the audio it belongs to. */
  readonly heldText: string;
  /** What comes next belongs to an answer that has not begun: something was said, written or called for. */
  readonly asked: boolean;
  /** Chunks of interrupted turns that came too late and were not played. */
  readonly droppedChunks: number;
}

export const emptyConversation: Conversation = {
  turns: [],
  lastTurn: { id: 0, endedAtMs: Number.NEGATIVE_INFINITY },
  gate: { open: true },
  heldText: '',
  asked: false,
  droppedChunks: 0,
};

export type ConversationInput =
  | ModelEvent
  /** Playout has moved on. */
  | { readonly type: 'progress' }
  /** Somebody began to speak, as the room tells it. */
  | { readonly type: 'person-started' }
  /** Something was said or written to the end, and an answer is due. */
  | { readonly type: 'asked' }
  /** A command from the room: be silent now. */
  | { readonly type: 'interrupt' };

export interface Moment {
  readonly atMs: number;
  /** Samples given to the playout and not taken back. */
  readonly written: number;
  /** Samples of those that have reached the listeners' ears. */
  readonly heard: number;
}

export type ConversationEffect =
  | { readonly type: 'play'; readonly turn: number; readonly chunk: PcmChunk }
  /** No more audio belongs to what was played so far: its last samples need not wait for more. */
  | { readonly type: 'flush' }
  /** Silence at once; what was not heard yet is taken back. */
  | { readonly type: 'clear' }
  | {
      readonly type: 'text';
      readonly turn: number;
      readonly text: string;
      readonly modality: 'spoken' | 'written';
    }
  /** What an answer rests on, with the answer's turn, which may be about to begin. */
  | {
      readonly type: 'report';
      readonly turn: number;
      readonly event: ModelEventOf<'grounding'> | ModelEventOf<'url-context'>;
    }
  | { readonly type: 'turn'; readonly turn: number; readonly phase: 'started' | 'generated' }
  | {
      readonly type: 'turn-ended';
      readonly turn: number;
      readonly phase: 'completed' | 'interrupted';
      readonly playedMs: number;
      /** Where its audio began, how far it was heard, and where it ended, as positions in the playout. */
      readonly start: number;
      readonly heard: number;
      readonly end: number;
      /** Something of the answer was not heard, or will never come. */
      readonly truncated: boolean;
    };

export interface Step {
  readonly conversation: Conversation;
  readonly effects: readonly ConversationEffect[];
}

export interface ConversationRules {
  /** False with activityHandling NO_INTERRUPTION: a person who speaks does not silence the model. */
  readonly bargeIn: boolean;
}
