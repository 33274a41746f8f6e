// What was said in the call, by roles, as a new session is told of it when the old one is lost.
import type { Content, JsonObject } from '../session/port.js';

/** About four characters of English to a token; other scripts need more, so this stays far from any limit. */
const CHARS_PER_TOKEN = 4;
const DEFAULT_MAX_TOKENS = 6_000;
/** Of each old turn that no longer fits, so much stands in the summary. */
const GIST_CHARS = 80;
const MAX_GISTS = 20;

interface Entry {
  readonly role: 'user' | 'model';
  readonly text: string;
}

/** What a ledger holds, as plain JSON: another process goes on with it when this one is gone. */
export interface LedgerState {
  readonly entries: readonly Entry[];
  readonly gists: readonly string[];
  readonly forgotten: number;
}

export class Ledger {
  readonly #maxChars: number;
  readonly #entries: Entry[] = [];
  #chars = 0;
  /** The beginnings of what was dropped, oldest first. */
  readonly #gists: string[] = [];
  #forgotten = 0;
  /** Rises with every entry. */
  revision = 0;

  constructor(maxTokens = DEFAULT_MAX_TOKENS, restored?: LedgerState) {
    this.#maxChars = maxTokens * CHARS_PER_TOKEN;
    if (!restored) return;
    this.#gists.push(...restored.gists);
    this.#forgotten = restored.forgotten;
    for (const entry of restored.entries) this.#add(entry);
  }

  get state(): LedgerState {
    return { entries: [...this.#entries], gists: [...this.#gists], forgotten: this.#forgotten };
  }

  user(text: string): void {
    this.#add({ role: 'user', text });
  }

  /** What was heard of an answer; `truncated` when that was not all of it. */
  agent(text: string, truncated: boolean): void {
    if (text !== '') this.#add({ role: 'model', text: truncated ? `${text} — (I was cut off here.)` : text });
  }

  toolResult(name: string, args: JsonObject, response: unknown): void {
    this.#add({ role: 'model', text: `(I called ${name}(${brief(args)}) and got ${brief(response)}.)` });
  }

  /** Turns in order, neighbours of one role joined, at most the bound; the oldest are summarised by their beginnings. */
  contents(): readonly Content[] {
    const contents: { role: 'user' | 'model'; parts: { text: string }[] }[] = [];
    const summary = this.#summary();
    if (summary !== undefined) contents.push({ role: 'user', parts: [{ text: summary }] });
    for (const { role, text } of this.#entries) {
      const last = contents.at(-1);
      if (last?.role === role) last.parts.push({ text });
      else contents.push({ role, parts: [{ text }] });
    }
    return contents;
  }

  #add(entry: Entry): void {
    const text = entry.text.slice(0, this.#maxChars / 2);
    this.#entries.push({ ...entry, text });
    this.revision += 1;
    this.#chars += text.length;
    while (this.#chars > this.#maxChars) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldest = this.#entries.shift();
    if (!oldest) return;
    this.#chars -= oldest.text.length;
    this.#forgotten += 1;
    const speaker = oldest.role === 'user' ? 'user' : 'you';
    this.#gists.push(
      `${speaker}: ${oldest.text.slice(0, GIST_CHARS)}${oldest.text.length > GIST_CHARS ? '…' : ''}`,
    );
    if (this.#gists.length > MAX_GISTS) this.#gists.shift();
  }

  #summary(): string | undefined {
    if (this.#forgotten === 0) return undefined;
    const missing = this.#forgotten - this.#gists.length;
    const lead = `(Earlier in this call, shortened${missing > 0 ? `, ${missing} older turns left out` : ''}: `;
    return `${lead}${this.#gists.join(' | ')})`;
  }
}

const BRIEF_CHARS = 600;

function brief(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > BRIEF_CHARS ? `${json.slice(0, BRIEF_CHARS)}…` : json;
}
