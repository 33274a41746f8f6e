// The worker's log: JSON lines, or lines for people, in which no control character of anybody else's reaches a terminal.
import { createRequire } from 'node:module';
import { pino } from 'pino';
import { type Environment, type Logger, printableJson } from '../../src/index.js';

type LogFormat = Environment['logFormat'];

/** Identities, names and words of errors come from anybody; JSON escapes ESC, but neither C1 controls nor turned text. */
const toJson = (line: string): string => `${printableJson(line.trimEnd())}\n`;

/** Escapes of control characters other than line breaks and tabs; the first alternative keeps an escaped backslash. */
const ESCAPED = /\\\\|\\u(?!000[9a])[0-9a-f]{4}|\\[bfr]/gi;

/** Shows such characters as their escapes: decoded, a terminal would execute them. */
function toPretty(): (line: string) => string {
  // Loaded only where it is used: a worker in a container needs none of it.
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  const pretty = prettyFactory({
    colorize: process.stdout.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
  });
  return (line) => pretty(toJson(line).replace(ESCAPED, (code) => (code === '\\\\' ? code : `\\${code}`)));
}

function hooksOf(format: LogFormat): { readonly streamWrite: (line: string) => string } {
  return { streamWrite: format === 'pretty' ? toPretty() : toJson };
}

export function createLog({
  logLevel,
  logFormat,
}: Pick<Environment, 'logLevel' | 'logFormat'>): Logger & pino.Logger {
  return pino({ level: logLevel, hooks: hooksOf(logFormat) });
}

/** The same for a pino logger of somebody else's making, and for its children from now on. */
export function writeLines(logger: object, format: LogFormat): void {
  (logger as Record<symbol, unknown>)[Symbol.for('pino.hooks')] = hooksOf(format);
}
