// What rewriting one function's schema shares: its root, its limits, and what was rewritten.
import type { JsonRecord } from './schema-keywords.js';

/** The service refuses deeper schemas. */
export const MAX_SCHEMA_DEPTH = 32;
/** Schemas of one function: references that fan out would otherwise become billions. */
const MAX_SCHEMAS = 2_000;
/** Characters of a description, and values of an enum, that count as one schema. */
const CHARS_PER_SCHEMA = 256;
const VALUES_PER_SCHEMA = 16;
const MAX_FIXES = 200;

export class SchemaContext {
  readonly root: JsonRecord;
  /** Drops what cannot be expressed; otherwise it stays, and schemaProblems() refuses it by path. */
  readonly drop: boolean;
  readonly fixes: string[] = [];
  #left = MAX_SCHEMAS;

  constructor(root: JsonRecord, drop: boolean) {
    this.root = root;
    this.drop = drop;
  }

  /** Whether one more schema at this depth may be part of the function. */
  admits(schema: JsonRecord, depth: number): boolean {
    const { description, enum: values } = schema;
    this.#left -= 1;
    if (typeof description === 'string') this.#left -= Math.floor(description.length / CHARS_PER_SCHEMA);
    if (Array.isArray(values)) this.#left -= Math.floor(values.length / VALUES_PER_SCHEMA);
    return this.#left >= 0 && depth <= MAX_SCHEMA_DEPTH;
  }

  note(text: string): void {
    if (this.fixes.length < MAX_FIXES) this.fixes.push(text);
  }
}
