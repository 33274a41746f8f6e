// The conversation of the call as turns by role: the history of a session that is rebuilt.
import { callInWords } from '../profile/history-words.js';
import type { Content, JsonObject } from '../session/port.js';

/** About four characters of English per token; other scripts have fewer, which the bound leaves room for. */
const CHARS_PER_TOKEN = 4;
const DEFAULT_MAX_TOKENS = 6_000;
/** Length of the beginning of each dropped turn in the summary. */
const GIST_CHARS = 80;
const MAX_GISTS = 20;

interface Entry {
  readonly role: 'user' | 'model';
  readonly text: string;
  /** Of an answer: its id. Of speech: the id of the turn that answers it. */
  readonly turn?: number;
}

/** The ledger as plain JSON, for another process that continues the conversation. */
export interface LedgerState {
  readonly entries: readonly Entry[];
  readonly gists: readonly string[];
  readonly forgotten: number;
}

export class Ledger {
  readonly #maxChars: number;
  readonly #entries: Entry[] = [];
  #chars = 0;
  /** Beginnings of the dropped turns, oldest first. */
  readonly #gists: string[] = [];
  #forgotten = 0;
  /** Called with each utterance and text. */
  onSaid: (said: {
    readonly role: 'user' | 'model';
    readonly text: string;
    readonly truncated: boolean;
  }) => void = () => {};
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
    return {
      entries: this.#entries.filter(({ text }) => text !== ''),
      gists: [...this.#gists],
      forgotten: this.#forgotten,
    };
  }

  /** @param turn for speech: the turn that answers it, by which it can be cancelled */
  user(text: string, turn?: number): void {
    this.onSaid({ role: 'user', text, truncated: false });
    this.#add({ role: 'user', text, ...(turn === undefined ? {} : { turn }) });
  }

  /** Removes the speech of a cancelled turn. */
  takeBack(turn: number): void {
    const index = this.#entries.findLastIndex((entry) => entry.role === 'user' && entry.turn === turn);
    if (index >= 0) this.#remove(index);
  }

  /** Removes the last entry with this text, which was typed or added: it does not reach the model. */
  unsent(text: string, role: Entry['role'] = 'user'): void {
    const kept = this.#kept(text);
    const index = this.#entries.findLastIndex((entry) => entry.role === role && entry.text === kept);
    if (index >= 0) {
      this.#remove(index);
      return;
    }
    const gist = this.#gists.lastIndexOf(gistOf({ role, text: kept }));
    if (gist < 0) return;
    this.#gists.splice(gist, 1);
    this.#forgotten -= 1;
    this.revision += 1;
  }

  /** Reserves the position of an answer whose transcript may still come. */
  reserve(turn: number): void {
    this.#entries.push({ role: 'model', text: '', turn });
  }

  /** Adds what was heard of an answer; `truncated`: the rest was not heard. */
  agent(text: string, truncated: boolean, turn?: number): void {
    this.onSaid({ role: 'model', text, truncated });
    const isReserved = (entry: Entry): boolean =>
      entry.role === 'model' && entry.turn === turn && entry.text === '';
    const place = turn === undefined ? -1 : this.#entries.findLastIndex(isReserved);
    if (place >= 0) this.#entries.splice(place, 1);
    if (text === '') return;
    const words = truncated ? `${text} — (I was cut off here.)` : text;
    const entry: Entry = { role: 'model', text: words, ...(turn === undefined ? {} : { turn }) };
    this.#add(entry, place < 0 ? this.#entries.length : place);
  }

  /** Words have come after an answer was added: replaces its text. */
  completed(turn: number, text: string): void {
    const index = this.#entries.findLastIndex((entry) => entry.role === 'model' && entry.turn === turn);
    if (index < 0) return;
    this.#remove(index);
    this.#add({ role: 'model', text, turn }, index);
  }

  toolResult(name: string, args: JsonObject, response: unknown): void {
    this.#add({ role: 'model', text: callInWords(name, brief(args), brief(response)) });
  }

  /**
   * Turns in order, with consecutive turns of one role joined, up to the bound; older ones are summarised.
   * @param unanswered texts that are sent again as inputs, and therefore omitted
   * @param replayed the transcript of speech that is sent again, and therefore omitted
   */
  contents(unanswered: readonly string[] = [], replayed = ''): readonly Content[] {
    const contents: { role: 'user' | 'model'; parts: { text: string }[] }[] = [];
    const summary = this.#summary(unanswered);
    if (summary !== undefined) contents.push({ role: 'user', parts: [{ text: summary }] });
    for (const { role, text } of this.#without(unanswered, replayed)) {
      const last = contents.at(-1);
      if (last?.role === role) last.parts.push({ text });
      else contents.push({ role, parts: [{ text }] });
    }
    return contents;
  }

  #without(texts: readonly string[], replayed: string): readonly Entry[] {
    const entries = this.#entries.filter(({ text }) => text !== '');
    let speech = lettersOf(replayed);
    for (let index = entries.length - 1; index >= 0 && speech !== ''; index -= 1) {
      const { role, turn, text } = entries[index] as Entry;
      if (role !== 'user' || turn === undefined) continue;
      const at = speech.lastIndexOf(lettersOf(text));
      if (at < 0) {
        // Its beginning was answered: one caption may hold more than one utterance.
        const letters = overlap(lettersOf(text), speech);
        if (letters > 0) entries[index] = { role, turn, text: withoutEnd(text, letters) };
        break;
      }
      speech = speech.slice(0, at);
      entries.splice(index, 1);
    }
    for (const text of texts) {
      const index = entries.findLastIndex((entry) => entry.role === 'user' && entry.text === text);
      if (index >= 0) entries.splice(index, 1);
    }
    return entries;
  }

  #remove(index: number): void {
    const [removed] = this.#entries.splice(index, 1);
    this.#chars -= removed?.text.length ?? 0;
    this.revision += 1;
  }

  #kept(text: string): string {
    return text.slice(0, this.#maxChars / 2);
  }

  #add(entry: Entry, place = this.#entries.length): void {
    const text = this.#kept(entry.text);
    this.#entries.splice(place, 0, { ...entry, text });
    this.revision += 1;
    this.#chars += text.length;
    while (this.#chars > this.#maxChars) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldest = this.#entries.shift();
    if (!oldest || oldest.text === '') return;
    this.#chars -= oldest.text.length;
    this.#forgotten += 1;
    this.#gists.push(gistOf(oldest));
    if (this.#gists.length > MAX_GISTS) this.#gists.shift();
  }

  /** @param unanswered texts that are sent again, and therefore omitted */
  #summary(unanswered: readonly string[]): string | undefined {
    const omitted = unanswered.map((text) => gistOf({ role: 'user', text: this.#kept(text) }));
    const gists = this.#gists.filter((gist) => !omitted.includes(gist));
    const missing = this.#forgotten - this.#gists.length;
    if (missing + gists.length === 0) return undefined;
    const lead = `(Earlier in this call, shortened${missing > 0 ? `, ${missing} older turns left out` : ''}: `;
    return `${lead}${gists.join(' | ')})`;
  }
}

/** What is left of a turn that is dropped. */
function gistOf({ role, text }: Pick<Entry, 'role' | 'text'>): string {
  const speaker = role === 'user' ? 'user' : 'you';
  return `${speaker}: ${text.slice(0, GIST_CHARS)}${text.length > GIST_CHARS ? '…' : ''}`;
}

const BRIEF_CHARS = 600;

function brief(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > BRIEF_CHARS ? `${json.slice(0, BRIEF_CHARS)}…` : json;
}

/** Captions are trimmed and joined in other ways than transcripts. */
function lettersOf(text: string): string {
  return text.replace(/\s+/gu, '');
}

/** One letter may end it by chance. A short word that is left out by mistake does no harm. */
const LEAST_LETTERS = 2;

/** How many letters of the beginning of the speech end the text: the caption of the rest may not be final yet. */
function overlap(text: string, speech: string): number {
  for (let letters = speech.length; letters >= LEAST_LETTERS; letters -= 1)
    if (text.endsWith(speech.slice(0, letters))) return letters;
  return 0;
}

/** @param letters how many are cut off, white space aside */
function withoutEnd(text: string, letters: number): string {
  let end = text.length;
  for (let left = letters; left > 0 && end > 0; end -= 1) if (!/\s/u.test(text.charAt(end - 1))) left -= 1;
  return text.slice(0, end).trimEnd();
}
