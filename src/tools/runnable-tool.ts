// The type of a function that the model may call.
import type { JsonObject, Scheduling } from '../session/port.js';
import type { Approvers } from './approvals.js';
import type { ToolHandler } from './tool.js';

/** A function that the model may call, with its runner. */
export interface RunnableTool {
  readonly name: string;
  /** How long a result may take; applies to each of several results. */
  readonly timeoutMs: number;
  readonly scheduling?: Scheduling;
  /** The model continues while the function runs. */
  readonly nonBlocking: boolean;
  /** One call may have several results. */
  readonly severalAnswers: boolean;
  /** A call waits until one of these, or anyone who may control the agent, allows it. */
  readonly approve?: Approvers;
  /** A call waits until the person whom it is for allows it aloud. */
  readonly approveBy?: 'voice';
  readonly run: ToolHandler<JsonObject>;
}
