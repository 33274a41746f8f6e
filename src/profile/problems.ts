// Reports wrong fields: the path, what is allowed, and the kind of value that was found.
import type { z } from 'zod';

/** A wrong field of a profile: its path, and what is allowed. */
export interface Problem {
  /** As in `tools[0].run.url`; empty for the profile as a whole. */
  readonly path: string;
  /** What is allowed, and the type that was found. Never the value: profiles may contain secrets. */
  readonly message: string;
}

type Path = readonly PropertyKey[];

/** Limit of the list, because an `error` event carries it. */
const MAX_PROBLEMS = 50;

/** Turns zod's issues into problems; `value` is what was checked. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], value: unknown): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, value));
}

export function atMost(problems: readonly Problem[]): Problem[] {
  if (problems.length <= MAX_PROBLEMS) return [...problems];
  const more = problems.length - MAX_PROBLEMS;
  return [...problems.slice(0, MAX_PROBLEMS), { path: '', message: `has ${more} more problems` }];
}

function problemsOfIssue(issue: z.core.$ZodIssue, value: unknown): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    // One line for each key, as fields.ts wrote them.
    const lines = issue.message.split('\n');
    return issue.keys.slice(0, MAX_PROBLEMS + 1).map((key, index) => ({
      path: pathText([...issue.path, key]),
      message: lines[index] ?? 'is not a known field',
    }));
  }
  const path = pathText(issue.path);
  if (issue.code === 'custom') return [{ path, message: issue.message }];
  return [{ path, message: `${issue.message} (got ${kindOf(valueAt(value, issue.path))})` }];
}

/** Replaces zod's default messages; a message that a schema sets itself takes precedence. */
export function messageOfIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${withArticle(issue.expected)}`;
    case 'invalid_value':
      return `must be ${list(issue.values.map((allowed) => JSON.stringify(allowed)))}`;
    case 'too_small':
      return `must ${measure(issue.origin, 'at least', Number(issue.minimum), issue.inclusive !== false)}`;
    case 'too_big':
      return `must ${measure(issue.origin, 'at most', Number(issue.maximum), issue.inclusive !== false)}`;
    case 'invalid_union':
      return Array.isArray(issue.options)
        ? `must be ${list(issue.options.map((option) => JSON.stringify(option)))}`
        : undefined;
    case 'unrecognized_keys':
      return issue.keys.map(() => 'is not a known field').join('\n');
    default:
      return undefined;
  }
}

function measure(origin: string, bound: string, limit: number, inclusive: boolean): string {
  const counted = origin === 'string' || origin === 'array';
  if (counted && bound === 'at least' && limit === 1) return 'not be empty';
  if (origin === 'string') return `have ${bound} ${limit} characters`;
  if (counted) return `have ${bound} ${limit} entries`;
  if (inclusive) return `be ${bound} ${limit}`;
  return bound === 'at least' ? `be above ${limit}` : `be below ${limit}`;
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
};

function withArticle(expected: string): string {
  return KINDS[expected] ?? expected;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** The type of a value, without its content. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'boolean') return 'a boolean';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}

export function pathText(path: Path): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += `${text === '' ? '' : '.'}${shortKey(String(key))}`;
  }
  return text;
}

/** Keys come from clients: unusual ones are quoted, long ones truncated. */
function shortKey(key: string): string {
  const cut = key.length > 64 ? `${key.slice(0, 64)}…` : key;
  return /^[\w$@-]+$/.test(cut) ? cut : JSON.stringify(cut);
}
