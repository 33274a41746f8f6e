// The conversation's state, what moves it on, and what follows from that.
import type { PcmChunk } from '../audio/pcm.js';
import type { ModelEvent, ModelEventOf } from '../session/port.js';
import type { TurnStamp } from '../session/turn.js';

export interface Turn {
  readonly id: number;
  /** Where its audio begins in the playout, in samples. */
  readonly start: number;
  readonly generated: boolean;
  /** Where its audio ends, once nothing more will come: turnComplete was said, or the connection is gone. */
  readonly end?: number;
}

export interface Conversation {
  /** Unfinished turns, oldest first; only the last can be open, the others are still being heard. */
  readonly turns: readonly Turn[];
  readonly lastTurn: { readonly id: number; readonly endedAtMs: number };
  /** The answer that the room has silenced: what still comes of it is neither heard nor read. */
  readonly silenced: number;
  /** Text that came before the audio it belongs to. */
  readonly held: { readonly turn: number; readonly text: string };
  /** Chunks of interrupted turns that came too late and were not played. */
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
  /** Somebody began to speak, as the room reports it. */
  | { readonly type: 'person-started' }
  /** A command from the room: be silent now. */
  | { readonly type: 'interrupt' };

export interface Moment {
  readonly atMs: number;
  /** Samples given to the playout and not taken back. */
  readonly written: number;
  /** Samples of those that have reached the listeners' ears. */
  readonly heard: number;
  /** The answer that a model's event belongs to, as the session has found it. */
  readonly turn: TurnStamp;
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
