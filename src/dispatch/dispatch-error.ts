// Why no agent could be brought into a room.
import { AgentError } from '../util/agent-error.js';

export type DispatchFailure =
  /** No worker of this name has taken the dispatch, and none seems to run. */
  | 'no-worker'
  /** No worker has taken it, and agents of this name serve other rooms: all of them are full. */
  | 'full'
  /** A worker has taken it, and its agent did not stay: the worker's log says why. */
  | 'left'
  /** The server has no such room, and makes none. */
  | 'no-room';

/** `message` says what to do, and may be shown to the client that has asked for the agent. */
export class DispatchError extends AgentError {
  override readonly name = 'DispatchError';
  readonly reason: DispatchFailure;

  constructor(reason: DispatchFailure, message: string, cause?: unknown) {
    super('dispatch', message, cause === undefined ? {} : { cause });
    this.reason = reason;
  }
}
