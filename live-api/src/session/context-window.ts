// The model's context window, in tokens by modality, and its compression.
import type { Modality } from '../wire/messages.js';

export const AUDIO_TOKENS_PER_SECOND = 25;
export const FRAME_TOKENS = 258;
const CHARACTERS_PER_TOKEN = 4;

export type Tokens = Partial<Record<Modality, number>>;

export interface ContextEntry {
  readonly role: 'user' | 'model';
  readonly tokens: Tokens;
  /** Its words, for the memory; entries of pictures and of unrecognised speech have none. */
  readonly text?: string;
}

export const textTokens = (text: string) => Math.ceil(text.length / CHARACTERS_PER_TOKEN);
export const audioTokens = (ms: number) => Math.round((ms / 1000) * AUDIO_TOKENS_PER_SECOND);

const size = (tokens: Tokens) => Object.values(tokens).reduce((sum, count) => sum + count, 0);

export class ContextWindow {
  /** Instructions and declarations, which are never removed. */
  #fixed = 0;
  #entries: ContextEntry[] = [];
  #total = 0;

  get entries(): readonly ContextEntry[] {
    return this.#entries;
  }

  get total(): number {
    return this.#fixed + this.#total;
  }

  /** How long its texts are, together. */
  get characters(): number {
    return this.#entries.reduce((sum, { text = '' }) => sum + text.length, 0);
  }

  /** Removes all entries. */
  clear(): void {
    this.#entries = [];
    this.#total = 0;
  }

  /** Sets the tokens of instructions and tool declarations. */
  fix(tokens: number): void {
    this.#fixed = tokens;
  }

  add(entry: ContextEntry): void {
    this.#entries.push(entry);
    this.#total += size(entry.tokens);
  }

  byModality(): Tokens {
    const sum: Record<string, number> = this.#fixed > 0 ? { TEXT: this.#fixed } : {};
    for (const { tokens } of this.#entries) {
      for (const [modality, count] of Object.entries(tokens)) sum[modality] = (sum[modality] ?? 0) + count;
    }
    return sum as Tokens;
  }

  /** Removes the oldest entries down to `targetTokens`, so that the rest begins with a user turn. True if any was removed. */
  slide(targetTokens: number): boolean {
    let drop = 0;
    let { total } = this;
    while (
      drop < this.#entries.length &&
      (total > targetTokens || (drop > 0 && this.#entries[drop]?.role !== 'user'))
    ) {
      total -= size((this.#entries[drop] as ContextEntry).tokens);
      drop++;
    }
    this.#entries = this.#entries.slice(drop);
    this.#total = total - this.#fixed;
    return drop > 0;
  }
}
