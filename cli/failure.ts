// Exit codes of the commands, and the error that ends a command with one line.

export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const;

/** Ends a command with one line on standard error. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function usageError(message: string): CliFailure {
  return new CliFailure(message, EXIT.usage);
}

/** An error's message in one line with that of its cause: fetch alone says only "fetch failed". */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${causeOf(error.cause)})` : '';
  return `${error.message}${cause}`.replace(/\s+/g, ' ').trim();
}

function causeOf(cause: Error): string {
  const { code } = cause as NodeJS.ErrnoException;
  return code ?? cause.message;
}
