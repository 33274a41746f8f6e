// Why a call was not answered as it should have been, in words that the model and the room are told.

export type ToolErrorCode =
  /** No tool has this name. */
  | 'unknown_tool'
  | 'invalid_arguments'
  /** No answer came in time. */
  | 'timeout'
  /** Nobody in the room, or nothing at the address, can answer. */
  | 'unavailable'
  /** The tool ran and failed. */
  | 'failed'
  /** What came back is no answer: not JSON, broken off, or a redirect. */
  | 'bad_answer'
  | 'too_large'
  /** The person took back what he had said. */
  | 'cancelled';

/** Thrown by a tool's handler, it reaches the model as `{ "error": { "code", "message" } }`. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  /** One of ToolErrorCode, or a word of the tool's own. */
  readonly code: string;

  constructor(code: ToolErrorCode | (string & {}), message: string) {
    super(message);
    this.code = code;
  }
}
