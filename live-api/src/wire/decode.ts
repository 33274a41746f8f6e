// Checks a client's JSON against a message type as the service does, and brings its names to camelCase.
import type { JsonObject } from '../answerer-port.js';
import { refusals } from './refusal.js';
import type { Fields, FieldType } from './schema.js';

const INTEGER = /^-?\d+$/;
const DURATION = /^-?\d+(\.\d{1,9})?s$/;
/** Far deeper than any message of this protocol; keeps a hostile one from exhausting the stack. */
const MAX_DEPTH = 64;

export interface DecodeContext {
  /** `v1beta` and so on: part of the type names in errors. */
  readonly version: string;
}

/** Throws a Refusal with the service's words when `value` is not a message with these fields. */
export function decode(value: unknown, fields: Fields, path: string, context: DecodeContext): JsonObject {
  return decodeMessage(value, fields, path, context, 0);
}

export const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** The fields of the schemas under their names in errors: every message of audio asks for them. */
const snakeCaseNames = new Map<string, string>();
function pathName(field: string): string {
  const name = snakeCaseNames.get(field) ?? snakeCase(field);
  snakeCaseNames.set(field, name);
  return name;
}
const camelCase = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function decodeMessage(
  value: unknown,
  fields: Fields,
  path: string,
  context: DecodeContext,
  depth: number,
): JsonObject {
  if (depth > MAX_DEPTH) throw refusals.invalidArgument();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw path === '' ? refusals.notJson(text(value)) : refusals.invalidValue(path, 'TYPE_MESSAGE', value);
  }
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const key = Object.hasOwn(fields, name) ? name : camelCase(name);
    const type = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (!type) throw refusals.unknownName(name, path);
    if (field === null) continue; // proto JSON: null is the same as not set
    result[key] = decodeField(
      field,
      type,
      path === '' ? pathName(key) : `${path}.${pathName(key)}`,
      context,
      depth,
    );
  }
  return result;
}

function decodeField(
  value: unknown,
  type: FieldType,
  path: string,
  context: DecodeContext,
  depth: number,
): unknown {
  switch (type.kind) {
    case 'any':
      checkDepth(value, depth);
      return value;
    case 'struct':
      checkDepth(value, depth);
      return typeof value === 'object' && !Array.isArray(value) ? value : fail(path, 'TYPE_STRUCT', value);
    case 'string':
      return typeof value === 'string' ? value : fail(path, 'TYPE_STRING', value);
    case 'bool':
      return typeof value === 'boolean' ? value : fail(path, 'TYPE_BOOL', value);
    case 'int':
      return integer(value) ? Number(value) : fail(path, 'TYPE_INT32', value);
    case 'int64':
      return integer(value) ? Number(value) : fail(path, 'TYPE_INT64', value);
    case 'number':
      return numeric(value) ? Number(value) : fail(path, 'TYPE_FLOAT', value);
    case 'bytes':
      return base64(value, path);
    case 'duration':
      return typeof value === 'string' && DURATION.test(value)
        ? value
        : fail(path, 'type.googleapis.com/google.protobuf.Duration', value);
    case 'timestamp':
      return typeof value === 'string' && Number.isFinite(Date.parse(value))
        ? value
        : fail(path, 'type.googleapis.com/google.protobuf.Timestamp', value);
    case 'enum':
      if (typeof value === 'string' && type.values.includes(value)) return value;
      if (typeof value === 'number' && type.values[value] !== undefined) return type.values[value];
      return fail(
        path,
        `type.googleapis.com/google.ai.generativelanguage.${context.version}.${type.type}`,
        value,
      );
    case 'list':
      if (!Array.isArray(value)) return [decodeField(value, type.of, path, context, depth + 1)];
      return value.map((item, index) => decodeField(item, type.of, `${path}[${index}]`, context, depth + 1));
    case 'map':
      if (typeof value !== 'object' || Array.isArray(value)) return fail(path, 'TYPE_MESSAGE', value);
      return Object.fromEntries(
        Object.entries(value as JsonObject).map(([key, item]) => [
          key,
          decodeField(item, type.of, `${path}[${key}]`, context, depth + 1),
        ]),
      );
    case 'message':
      return decodeMessage(value, type.fields(), path, context, depth + 1);
  }
}

/** For values that are taken as they are. */
function checkDepth(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) throw refusals.invalidArgument();
  for (const item of Object.values(value)) checkDepth(item, depth + 1);
}

function fail(path: string, type: string, value: unknown): never {
  throw refusals.invalidValue(path, type, value);
}

function base64(value: unknown, path: string): string {
  if (typeof value !== 'string') return fail(path, 'TYPE_BYTES', value);
  if (!isBase64(value)) throw refusals.base64(path, value.slice(0, 80));
  return value;
}

/** Takes what is decoded for the check alone: a message of audio fits. */
const scratch = Buffer.allocUnsafe(64 * 1024);

/**
 * The decoder leaves out what is no base64 and stops at a padding, so that less comes out than the length promises.
 * A regular expression costs ten times as much, for every message of audio.
 */
function isBase64(value: string): boolean {
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
  const digits = value.length - padding;
  const expected = Math.floor((digits * 3) / 4);
  if (digits % 4 === 1) return false;
  const decoded =
    expected > scratch.length ? Buffer.from(value, 'base64').length : scratch.write(value, 'base64');
  return decoded === expected;
}

const integer = (value: unknown) =>
  Number.isSafeInteger(value) ||
  (typeof value === 'string' && INTEGER.test(value) && Number.isSafeInteger(Number(value)));

const numeric = (value: unknown) =>
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)));

const text = (value: unknown) =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))).slice(0, 80);

/** Parses one frame. */
export function parseJson(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    throw refusals.notJson(frame.slice(0, 80));
  }
}
