// The error of a tool call: a code and a message that go to the model and to the room.

export type ToolErrorCode =
  /** No tool has this name. */
  | 'unknown_tool'
  | 'invalid_arguments'
  /** No answer came in time. */
  | 'timeout'
  /** No participant has the method, or the address cannot be reached. */
  | 'unavailable'
  /** The tool ran and failed. */
  | 'failed'
  /** The result is invalid: not JSON, incomplete, or a redirect. */
  | 'bad_answer'
  | 'too_large'
  /** More calls at once, or in a minute, than are run. */
  | 'too_many'
  /** A participant has refused the approval. */
  | 'refused'
  /** The utterance that led to the call was cancelled. */
  | 'cancelled';

/** Thrown by a tool's handler, it reaches the model as `{ "error": { "code", "message" } }`. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  /** One of ToolErrorCode, or a code of the tool. */
  readonly code: string;

  constructor(code: ToolErrorCode | (string & {}), message: string) {
    super(message);
    this.code = code;
  }
}

/** The error that the model and the room are given for what a handler has thrown. */
export function toolErrorOf(thrown: unknown): ToolError {
  if (thrown instanceof ToolError) return thrown;
  // An error's message may hold secrets: it goes to the log alone.
  return new ToolError('failed', 'the tool failed');
}
