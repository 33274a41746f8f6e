// Recorded conversations as files: a line of JSON for each message, with its time and its side.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const line = z.union([
  z.strictObject({
    atMs: z.number(),
    from: z.enum(['client', 'server']),
    message: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({ atMs: z.number(), close: z.strictObject({ code: z.number(), reason: z.string() }) }),
]);

export type RecordingLine = z.output<typeof line>;
export type RecordedMessage = Extract<RecordingLine, { from: unknown }>;

/** Rejects with a TypeError that names the line that cannot be read. */
export async function readRecording(path: string): Promise<RecordingLine[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new TypeError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return text
    .split('\n')
    .map((json, index) => ({ json, number: index + 1 }))
    .filter(({ json }) => json.trim() !== '')
    .map(({ json, number }) => {
      try {
        return line.parse(JSON.parse(json));
      } catch (error) {
        throw new TypeError(`${path}:${number} is no line of a recording`, { cause: error });
      }
    });
}

export const isMessage = (entry: RecordingLine): entry is RecordedMessage => 'from' in entry;

const HANDLES = new Set(['handle', 'newHandle', 'new_handle']);

/** A message whose handles of session resumption are replaced by a word. */
export function withoutHandles<T>(message: T): T {
  return JSON.parse(
    JSON.stringify(message, (name, value: unknown) =>
      HANDLES.has(name) && typeof value === 'string' && value !== '' ? 'handle' : value,
    ),
  ) as T;
}

/** Fields whose strings are words of a person or of the model. */
const WORDS = new Set(['text', 'code', 'output']);
/** What holds words or a person's data whatever its form. */
const VALUES = new Set(['args', 'response']);

/** A message without its words: letters and digits become x and 0, sound and pictures become silence. */
export function withoutWords(message: Record<string, unknown>): Record<string, unknown> {
  return masked(message) as Record<string, unknown>;
}

function masked(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, name));
  if (typeof value === 'object' && value !== null) {
    const inside = VALUES.has(name) || name === 'values' ? 'values' : undefined;
    return Object.fromEntries(
      Object.entries(value).map(([key, field]) => [key, masked(field, inside ?? key)]),
    );
  }
  if (typeof value !== 'string') return name === 'values' && typeof value === 'number' ? 0 : value;
  if (name === 'data') return 'A'.repeat(value.length - (value.length % 4));
  if (WORDS.has(name) || name === 'values') return value.replace(/\p{L}/gu, 'x').replace(/\p{N}/gu, '0');
  return value;
}
