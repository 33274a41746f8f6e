// Types of the conversation reducer: state, inputs, effects.
import type { PcmChunk } from '../audio/pcm.js';
import type { ModelEvent, ModelEventOf } from '../session/port.js';
import type { TurnStamp } from '../session/turn.js';

export interface Turn {
  readonly id: number;
  /** Where its audio begins in the playout, in samples. */
  readonly start: number;
  readonly generated: boolean;
  /** Where its audio ends, once no more will come: after turnComplete, or after the connection was lost. */
  readonly end?: number;
  /** Its turnComplete has not come in time. */
  readonly late?: true;
}

export interface Conversation {
  /** Unfinished turns, oldest first; only the last can receive audio, the others are still being played. */
  readonly turns: readonly Turn[];
  readonly lastTurn: { readonly id: number; readonly endedAtMs: number };
  /** The answer that `interrupt` stopped: its further audio and text are discarded. */
  readonly silenced: number;
  /** Text that came before its audio. */
  readonly held: { readonly turn: number; readonly text: string };
  /** Audio chunks of interrupted turns that came late and were not played. */
  readonly droppedChunks: number;
}

export const emptyConversation: Conversation = {
  turns: [],
  lastTurn: { id: 0, endedAtMs: Number.NEGATIVE_INFINITY },
  silenced: 0,
  held: { turn: 0, text: '' },
  droppedChunks: 0,
};

export type ConversationInput =
  | ModelEvent
  /** Playout has moved on. */
  | { readonly type: 'progress' }
  /** A person began to speak, reported by the room. */
  | { readonly type: 'person-started' }
  /** The command `interrupt`. */
  | { readonly type: 'interrupt' };

export interface Moment {
  readonly atMs: number;
  /** Samples given to the playout and not taken back. */
  readonly written: number;
  /** Samples of those that listeners have heard. */
  readonly heard: number;
  /** The turn that the session has assigned to the model's event. */
  readonly turn: TurnStamp;
}

export type ConversationEffect =
  | { readonly type: 'play'; readonly turn: number; readonly chunk: PcmChunk }
  /** The turn's audio is complete: the last samples, less than a frame, are sent without waiting for more. */
  | { readonly type: 'flush' }
  /** Stop playout at once and discard audio that was not heard yet. */
  | { readonly type: 'clear' }
  | {
      readonly type: 'text';
      readonly turn: number;
      readonly text: string;
      readonly modality: 'spoken' | 'written';
    }
  /** Sources of an answer, with the answer's turn, which may not have begun yet. */
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
      /** Positions in the playout, in samples: where its audio began, how far it was heard, where it ended. */
      readonly start: number;
      readonly heard: number;
      readonly end: number;
      /** A part of the answer was not heard, or will not come. */
      readonly truncated: boolean;
      /** Its turnComplete has not come in time. */
      readonly late: boolean;
    };

export interface Step {
  readonly conversation: Conversation;
  readonly effects: readonly ConversationEffect[];
}

export interface ConversationRules {
  /** False with activityHandling NO_INTERRUPTION: speech of a person does not interrupt the model. */
  readonly bargeIn: boolean;
}
