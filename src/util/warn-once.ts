// One warning in a process for each private part of a library that the installed version lacks.
import type { Logger } from './log.js';

const warned = new Set<string>();

/**
 * @param part what is missing, as `@google/genai: Live`
 * @param instead what is done in the public way, and what that costs
 */
export function warnOnce(log: Pick<Logger, 'warn'> | undefined, part: string, instead: string): void {
  if (warned.has(part)) return;
  warned.add(part);
  log?.warn({ part }, `${part} is not as it was in the version that this was written for: ${instead}`);
}
