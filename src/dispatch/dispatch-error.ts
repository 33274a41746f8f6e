// The error of a dispatch that brought no agent into the room.
import { AgentError } from '../util/agent-error.js';

/** Why no agent joined the room. */
export type DispatchFailure =
  /** No worker of this name has accepted the dispatch, and none seems to run. */
  | 'no-worker'
  /** No worker has accepted it, and agents of this name serve other rooms: all workers are full. */
  | 'full'
  /** A worker has accepted it, and its agent did not stay: the worker's log has the cause. */
  | 'left'
  /** The room does not exist, and the server does not create rooms. */
  | 'no-room';

/** `message` names the remedy and may be shown to the client that requested the agent. */
export class DispatchError extends AgentError {
  override readonly name = 'DispatchError';
  readonly reason: DispatchFailure;

  constructor(reason: DispatchFailure, message: string, cause?: unknown) {
    super('dispatch', message, cause === undefined ? {} : { cause });
    this.reason = reason;
  }
}
