// The one error class of the library: a documented code, whether it ends the call, and its cause.

/** Codes of the library's own errors. docs/protocol.md lists what each means for the room, the job and the exit code. */
export type AgentErrorCode =
  /** A variable of the environment, or a file that it names, is wrong. */
  | 'environment'
  /** A module tool cannot be loaded. */
  | 'tool_module'
  /** There is no tool of this name. */
  | 'unknown_tool'
  /** The profile is wrong. */
  | 'profile'
  /** The room cannot be joined, or the connection to it was lost and did not return. */
  | 'room'
  /** The Live API cannot be reached, or refuses the session without a code of its own. */
  | 'service'
  /** The dispatch brought no agent into the room. */
  | 'dispatch'
  /** An ephemeral token cannot be created. */
  | 'token'
  /** A fault of the agent itself. */
  | 'internal';

/** Options of an AgentError. */
export interface AgentErrorOptions {
  /** Whether the call, or the start of the process, ends with it. Default: true. */
  readonly fatal?: boolean;
  /** The cause. It is logged and never sent to the room: it may contain host names and project ids. */
  readonly cause?: unknown;
}

/**
 * The error that the library throws, and that a failed call passes to its job.
 *
 * `message` says what is wrong and what to do. It contains no secret and may be shown to people in the room.
 */
export class AgentError extends Error {
  override readonly name: string = 'AgentError';
  /** One of AgentErrorCode, or the service's code (`1007`, `429`) when the service refused. */
  readonly code: AgentErrorCode | (string & {});
  readonly fatal: boolean;

  constructor(code: AgentErrorCode | (string & {}), message: string, options: AgentErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.code = code;
    this.fatal = options.fatal ?? true;
  }
}
