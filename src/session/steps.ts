// Small steps that both halves of the session's state machine take.
import type { Memory, Opening, SessionEffect, SessionState, Transition } from './state-types.js';

export function stay(state: SessionState): Transition {
  return { state, effects: [] };
}

export function connect(opening: Opening, handle: string | undefined): SessionEffect {
  return opening === 'resume' && handle !== undefined
    ? { type: 'connect', opening, handle }
    : { type: 'connect', opening: opening === 'resume' ? 'fresh' : opening };
}

export function memoryOf(state: SessionState): Memory {
  return { handle: state.handle, began: state.began };
}

/** Resume or rebuild, never both. */
export function restoring(memory: Memory): Opening {
  if (memory.handle !== undefined) return 'resume';
  return memory.began ? 'rebuild' : 'fresh';
}
