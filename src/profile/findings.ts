// Collects the results of a check: problems, which refuse a profile, and warnings, which do not.

import type { ReadonlyRow } from '../capabilities/schema.js';
import { CAPABILITY_TABLE } from '../capabilities/table.js';
import type { Problem } from './problems.js';

/** Problems and warnings of one check. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly warnings: string[] = [];
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
  }

  refuse(path: string, message: string): void {
    this.problems.push({ path, message });
  }

  /** Adds a problem for a feature that the model lacks; the message names models that have it. */
  lacks(path: string, what: string, can: (row: ReadonlyRow) => boolean): void {
    this.refuse(path, `${this.#model} ${what}; ${modelsThat(can)}`);
  }

  warn(message: string): void {
    this.warnings.push(message);
  }
}

/** The models of the table with a property, those that are still served first. */
export function modelsThat(can: (row: ReadonlyRow) => boolean): string {
  const fitting = [...CAPABILITY_TABLE].filter(([, { row }]) => can(row));
  const served = fitting.filter(([, { retired }]) => retired === undefined);
  const named = (served.length > 0 ? served : fitting).map(([name]) => name);
  if (named.length === 0) return 'no model of the capability table can';
  return `${named.join(', ')} can${served.length > 0 ? '' : ' (retired)'}`;
}
