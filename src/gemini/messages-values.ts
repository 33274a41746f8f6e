// Reads values of messages from the service: a value of another type than expected counts as absent.
import type { JsonObject } from '../session/port.js';

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
