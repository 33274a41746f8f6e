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
