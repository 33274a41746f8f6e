// Recorded conversations with the real service: `>N json` a client sent, `<N json` the service sent.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const recordingsFolder = fileURLToPath(new URL('../../../../shared/recordings', import.meta.url));

export interface RecordedMessage {
  readonly from: 'client' | 'server';
  readonly message: Record<string, unknown>;
}

export interface Recording {
  readonly name: string;
  readonly messages: readonly RecordedMessage[];
}

/** Undefined when the folder is not there. */
export function readRecordings(): readonly Recording[] | undefined {
  if (!existsSync(recordingsFolder)) return undefined;
  return readdirSync(recordingsFolder)
    .filter((name) => name.endsWith('.websocket.log'))
    .map((name) => ({ name, messages: parse(readFileSync(join(recordingsFolder, name), 'utf8')) }));
}

function parse(log: string): RecordedMessage[] {
  return log
    .split(/^(?=[<>]\d+ )/m)
    .filter((entry) => entry.trim() !== '')
    .map((entry) => ({
      from: entry.startsWith('>') ? 'client' : 'server',
      message: JSON.parse(entry.slice(entry.indexOf(' '))) as Record<string, unknown>,
    }));
}

/** The fields of a message with their types, its values apart; what is inside of tool arguments is a value. */
export function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, key === 'args' ? 'object' : shape(field)]),
  );
}
