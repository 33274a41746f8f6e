// A function that the model may call, with what the runner has to know of it.
import type { JsonObject, Scheduling } from '../session/port.js';
import type { Approvers } from './approvals.js';
import type { ToolHandler } from './tool.js';

/** A function that the model may call, with its runner. */
export interface RunnableTool {
  readonly name: string;
  /** How long an answer may take; each of several anew. */
  readonly timeoutMs: number;
  readonly scheduling?: Scheduling;
  /** The model goes on while it runs. */
  readonly nonBlocking: boolean;
  /** One call may have several answers. */
  readonly severalAnswers: boolean;
  /** A call waits until one of these, or anyone who may control the agent, allows it. */
  readonly approve?: Approvers;
  readonly run: ToolHandler<JsonObject>;
}
