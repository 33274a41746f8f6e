// The one error class of the library: a documented code, whether it ends the call, and its cause.

/** Codes of the library's own errors. docs/protocol.md lists what each means for the room, the job and the exit code. */
export type AgentErrorCode =
  /** A variable of the environment, or a file that it names, is wrong. */
  | 'environment'
  /** A module tool cannot be loaded. */
  | 'tool_module'
  /** The profile is wrong. */
  | 'profile'
  /** The room cannot be joined, or the connection to it was lost for good. */
  | 'room'
  /** The Live API cannot be reached, or refuses the session without a code of its own. */
  | 'service'
  /** No agent could be brought into a room. */
  | 'dispatch'
  /** An ephemeral token cannot be made. */
  | 'token'
  /** A fault of the agent itself. */
  | 'internal';

export interface AgentErrorOptions {
  /** Whether the call, or the start, ends with it. Default: true. */
  readonly fatal?: boolean;
  /** What it was caused by. Goes to the log, never to the room: it may hold host names and project ids. */
  readonly cause?: unknown;
}

/**
 * What the library throws, and what a call that failed hands to its job.
 *
 * `message` says what is wrong and what to do, never holds a secret, and may be shown to people in the room.
 */
export class AgentError extends Error {
  override readonly name: string = 'AgentError';
  /** One of AgentErrorCode; Google's own code (`1007`, `429`) where the service refused. */
  readonly code: AgentErrorCode | (string & {});
  readonly fatal: boolean;

  constructor(code: AgentErrorCode | (string & {}), message: string, options: AgentErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.code = code;
    this.fatal = options.fatal ?? true;
  }
}
