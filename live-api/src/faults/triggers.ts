// Faults that wait for a moment of a connection, for all connections of a server together.
import type { Trigger } from './schema.js';

interface Entry {
  readonly trigger: Trigger;
  readonly pattern: RegExp | undefined;
  /** How often it holds from now on. */
  left: number;
}

export class Triggers {
  #entries: Entry[] = [];

  add(trigger: Trigger): void {
    const source = trigger.received ?? trigger.sent;
    this.#entries.push({
      trigger,
      pattern: source === undefined ? undefined : new RegExp(source, 'iu'),
      left: trigger.times ?? Number.POSITIVE_INFINITY,
    });
  }

  clear(): void {
    this.#entries = [];
  }

  get watchesReceived(): boolean {
    return this.#entries.some(({ trigger }) => trigger.received !== undefined);
  }

  get watchesSent(): boolean {
    return this.#entries.some(({ trigger }) => trigger.sent !== undefined);
  }

  /** Those that hold some time after setupComplete. */
  get opening(): readonly Trigger[] {
    return this.#entries.flatMap(({ trigger }) => (trigger.openedMs === undefined ? [] : [trigger]));
  }

  /** Those whose pattern fits this message, each counted as used. */
  take(side: 'received' | 'sent', text: string): readonly Trigger[] {
    return this.#entries
      .filter(({ trigger, pattern }) => trigger[side] !== undefined && pattern?.test(text))
      .flatMap(({ trigger }) => (this.use(trigger) ? [trigger] : []));
  }

  /** Counts one use; false when none is left. */
  use(trigger: Trigger): boolean {
    const entry = this.#entries.find((candidate) => candidate.trigger === trigger);
    if (!entry || entry.left === 0) return false;
    entry.left--;
    return true;
  }
}
