// Runs a command: prints one line for a failure, sets the exit code, and ends the command in order on Ctrl-C.

import { printable } from '../src/index.js';
import { CliFailure, EXIT, wordsOf } from './failure.js';

const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

/**
 * Sets the exit code when `main` is done; the process then ends by itself. The signal is aborted by
 * Ctrl-C or SIGTERM; a second one ends the process at once.
 *
 * @param main resolves with the exit code, or throws a CliFailure
 */
export async function runCommand(
  name: string,
  main: (signal: AbortSignal) => Promise<number>,
): Promise<void> {
  const stop = new AbortController();
  const end = (signal: keyof typeof SIGNALS): void => {
    if (stop.signal.aborted) process.exit(SIGNALS[signal]);
    stop.abort(new CliFailure('interrupted', SIGNALS[signal]));
  };
  for (const signal of Object.keys(SIGNALS)) process.on(signal, end);
  // The reader of the output may close the pipe early, as `head` does.
  process.stdout.on('error', () => stop.abort(new CliFailure('nobody reads the output', EXIT.failed)));
  try {
    process.exitCode = await main(stop.signal);
  } catch (error) {
    process.exitCode = error instanceof CliFailure ? error.exitCode : EXIT.failed;
    process.stderr.write(`${name}: ${printable(wordsOf(error))}\n`);
  } finally {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, end);
  }
}
