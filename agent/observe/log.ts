// The worker's log: JSON lines in which no control character of anybody else's reaches a terminal.
import { pino } from 'pino';
import { type Logger, printableJson } from '../../src/index.js';

/** Identities, names and words of errors come from anybody; JSON escapes ESC, but neither C1 controls nor turned text. */
const HOOKS = { streamWrite: (line: string): string => `${printableJson(line.trimEnd())}\n` };

export function createLog({ logLevel }: { readonly logLevel: string }): Logger & pino.Logger {
  return pino({ level: logLevel, hooks: HOOKS });
}

/** The same for a pino logger of somebody else's making, and for its children from now on. */
export function escapeLines(logger: object): void {
  (logger as Record<symbol, unknown>)[Symbol.for('pino.hooks')] = HOOKS;
}
