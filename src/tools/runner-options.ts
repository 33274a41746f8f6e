// What runs the calls of a conversation is made of, and what it gives back of each.
import type { Participant } from '../room/port.js';
import type { JsonObject, ToolCall, ToolResult } from '../session/port.js';
import type { Logger } from '../util/log.js';
import type { Verdict } from './approvals.js';
import type { SchedulingPlace } from './response.js';
import type { RunnableTool } from './runnable-tool.js';
import type { TurnCause } from './tool.js';
import type { ToolError } from './tool-error.js';

export interface AnsweredCall {
  readonly call: ToolCall;
  readonly result: ToolResult;
  readonly durationMs: number;
  readonly error?: ToolError;
}

export interface ToolRunnerOptions {
  readonly find: (name: string) => RunnableTool | undefined;
  /** All names, listed in the answer to a call of an unknown function. */
  readonly names: () => readonly string[];
  readonly schedulingPlace: SchedulingPlace;
  readonly room: string;
  /** Distinguishes this conversation's calls from those of all others. */
  readonly conversation: string;
  /** The trace context of a call, for what it calls. */
  readonly traceparent?: (callId: string) => string | undefined;
  readonly speaker: () => Participant | undefined;
  readonly participants: () => readonly Participant[];
  readonly by: () => TurnCause | null;
  readonly data: () => JsonObject;
  /** Resolves when somebody has decided; never, once the signal is aborted. At once where nobody could decide. */
  readonly approve: (
    call: ToolCall,
    tool: Pick<RunnableTool, 'approve' | 'approveBy'>,
    signal: AbortSignal,
  ) => Promise<Verdict> | Verdict;
  /** Called in the tick in which an answer is there. */
  readonly onAnswer: (answered: AnsweredCall) => void;
  readonly log: Logger;
}
