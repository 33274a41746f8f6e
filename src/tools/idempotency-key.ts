// A key that is equal for repeated calls, whatever their ids and the order of their arguments.
import { createHash } from 'node:crypto';
import type { ToolCall } from '../session/port.js';

/** @param conversation keeps equal calls of different conversations apart */
export function idempotencyKey(
  conversation: string,
  { name, args }: Pick<ToolCall, 'name' | 'args'>,
): string {
  const text = JSON.stringify([conversation, name, ordered(args)]);
  return createHash('sha256').update(text).digest('hex');
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  // Wrapped, so that an object is never taken for a list of pairs.
  return { fields: fields.map(([name, inner]) => [name, ordered(inner)]) };
}
