// Reads values of messages from the service: a value of another type than expected counts as absent.
import { isTooDeep } from '../profile/merge.js';
import type { JsonObject } from '../session/port.js';

/** Everybody in a room gets what is larger than anything that a function or a search gives. */
const MAX_JSON_CHARS = 256 * 1024;
export const MAX_TEXT_CHARS = 64 * 1024;
const MAX_LABEL_CHARS = 512;

export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A text of a length that people read; the rest of a longer one is left out. */
export function shortTextOf(value: unknown): string | undefined {
  return cutText(value, MAX_TEXT_CHARS);
}

/** A name, an id, a code or a sentence about an error, at a length that each of the room's members can be sent. */
export function labelOf(value: unknown): string | undefined {
  return cutText(value, MAX_LABEL_CHARS);
}

function cutText(value: unknown, maxChars: number): string | undefined {
  if (typeof value !== 'string' || value.length <= maxChars) return textOf(value);
  // Joined anew: a slice would keep the whole text in memory for as long as its part is used.
  return Buffer.from(value.slice(0, maxChars)).toString();
}

/** What is wrong with an object that is passed on as it came; undefined where nothing is. */
export function problemOf(value: JsonObject): string | undefined {
  if (isTooDeep(value)) return 'nest deeper than 64 levels';
  if (JSON.stringify(value).length > MAX_JSON_CHARS) return `have more than ${MAX_JSON_CHARS} characters`;
  return undefined;
}

/** An object that can be passed on as it came. */
export function smallObjectOf(value: unknown): JsonObject | undefined {
  const object = objectOf(value);
  return object === undefined || problemOf(object) !== undefined ? undefined : object;
}

/** A count; int64 is a decimal string in JSON. */
export function countOf(value: unknown): number | undefined {
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isFinite(count) && count >= 0 ? count : undefined;
}

/** A protobuf duration, `"50s"`, `"0.160s"` or `{ seconds, nanos }`, in whole ms. */
export function durationMsOf(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const seconds = /^(-?\d+(?:\.\d+)?)s$/.exec(value)?.[1];
    return seconds === undefined ? undefined : wholeMs(Number(seconds) * 1000);
  }
  const parts = objectOf(value);
  if (parts === undefined || (parts.seconds === undefined && parts.nanos === undefined)) return undefined;
  const seconds = countOf(parts.seconds ?? 0);
  const nanos = countOf(parts.nanos ?? 0);
  return seconds === undefined || nanos === undefined ? undefined : wholeMs(seconds * 1000 + nanos / 1e6);
}

function wholeMs(ms: number): number | undefined {
  // A negative duration means that the time is over: 0.
  return Number.isSafeInteger(Math.round(ms)) ? Math.max(0, Math.round(ms)) : undefined;
}
