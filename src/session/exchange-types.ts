// Types of the exchange: the answer that is due, an event with its turn, and what an exchange is made with.
import type { ToolMemory } from './call-registry.js';
import type { CarriedInputs } from './carried-inputs.js';
import type { ModelEvent } from './port.js';
import type { TurnStamp } from './turn.js';

/** The answer that is due from the model, and since when. */
export interface Due {
  /** `utterance`: speech for which the service has sent neither an activity nor a transcript. */
  readonly what: 'text' | 'speech' | 'utterance';
  readonly sinceMs: number;
}

/** An event to emit, with the turn that it belongs to. */
export interface Observed {
  readonly event: ModelEvent;
  readonly stamp: TurnStamp;
}

export interface ExchangeOptions {
  /** False when the model may decide not to answer (proactive audio): a missing answer is then no fault. */
  readonly answersAlways: boolean;
  /** The model waits for the results of its tool calls, and answers them before what was said meanwhile. */
  readonly waitsForResults?: boolean;
  readonly restored?: { readonly tools: ToolMemory; readonly turn: number; readonly inputs?: CarriedInputs };
}
