// The building blocks of the profile's schema: strict objects that guess mistyped names, numbers with units.
import { z } from 'zod';
import { nearest } from './nearest.js';

/** Optional, and without `undefined` as a value: a profile is JSON. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.exactOptional();
}

const MOST_GUESSES = 10;
/** Limit of reported unknown keys. */
const MOST_KEYS = 50;

/** An object that refuses fields it does not know; the refusal names the nearest that it does. */
export function strict<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const known = Object.keys(shape);
      // The nearest name is searched for only some keys: for thousands of them it would block the event loop.
      const message = (key: string, index: number): string =>
        index < MOST_GUESSES ? unknownName(key, known) : 'is not a known field';
      return issue.keys.slice(0, MOST_KEYS).map(message).join('\n');
    },
  });
}

function unknownName(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  if (guess !== undefined) return `is not a known field; did you mean ${guess}?`;
  return known.length <= 12 ? `is not a known field; known are ${known.join(', ')}` : 'is not a known field';
}

export function wholeNumber(min: number, max: number, unit?: string) {
  const message = `must be a whole number${unit ? ` of ${unit}` : ''}, ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
}

export function milliseconds(min: number, max: number) {
  return wholeNumber(min, max, 'milliseconds');
}

/** A field of the SDK that cannot be used here; it is refused with the reason. */
export function refused(reason: string) {
  return z.never({ error: reason }).exactOptional().meta({ description: reason });
}

export const anyObject = z.record(z.string(), z.unknown());

const TOKENS = 'must be a positive whole number of tokens, as a number or a decimal string';

/** int64 is a decimal string in Google's JSON; numbers are accepted as well. */
export const tokenCount = z.union(
  [z.string().regex(/^[1-9]\d{0,17}$/, TOKENS), z.int(TOKENS).positive(TOKENS)],
  { error: TOKENS },
);

/** A participant's identity. */
export const identity = z.string().min(1).max(256);
