// The output of a talk: lines for people, or one JSON object a line for programs.
import { printable, printableJson } from '../src/index.js';
import type { AgentEvent } from './received-messages.js';

export interface FinalCaption {
  readonly participant: string;
  readonly text: string;
}

export type TalkRecord =
  | { readonly type: 'joined'; readonly url: string; readonly room: string; readonly identity: string }
  | {
      readonly type: 'dispatched';
      readonly agent: string;
      readonly dispatch: string;
      readonly attempt: number;
    }
  | { readonly type: 'agent_joined' | 'agent_left'; readonly identity: string }
  | { readonly type: 'agent_state'; readonly state: string }
  | { readonly type: 'connection'; readonly state: 'reconnecting' | 'reconnected' }
  | { readonly type: 'playing'; readonly file: string; readonly ms: number }
  | { readonly type: 'played' }
  | {
      readonly type: 'caption';
      readonly participant: string;
      readonly segment: string;
      readonly final: boolean;
      readonly text: string;
    }
  | { readonly type: 'event'; readonly event: AgentEvent }
  /** A stretch of the agent's voice that has ended; rms of 32768. */
  | { readonly type: 'heard'; readonly ms: number; readonly rms: number }
  | ({ readonly type: 'summary' } & TalkSummary);

export interface TalkSummary {
  /** Turns of the agent that completed since the file began. */
  readonly turns: number;
  /** The final captions. */
  readonly captions: readonly FinalCaption[];
  /** Sound of the agent since the file began. */
  readonly heardMs: number;
  /** From the end of the speech in the file to the first sound heard after it; null where none was. */
  readonly firstAnswerMs: number | null;
  /** The file with the answer; null where there is none. */
  readonly out: string | null;
}

export interface TalkOutput {
  write(record: TalkRecord): void;
}

/** Where lines go: standard output, as a rule. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** One JSON object a line, each with `atMs`: since the talk began. */
export class JsonOutput implements TalkOutput {
  readonly #terminal: Terminal;
  readonly #startedMs = performance.now();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  write(record: TalkRecord): void {
    const { type, ...fields } = record;
    const atMs = Math.round(performance.now() - this.#startedMs);
    this.#terminal.write(`${printableJson(JSON.stringify({ type, atMs, ...fields }))}\n`);
  }
}

/** Lines for people. On a terminal the caption that is growing is shown in place. */
export class TextOutput implements TalkOutput {
  readonly #terminal: Terminal;
  readonly #startedMs = performance.now();
  #live = false;
  readonly #growing = new Map<string, string>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  write(record: TalkRecord): void {
    const words = textOf(record);
    if (words === undefined) return;
    const text = printable(words);
    if (record.type === 'caption' && !record.final) {
      this.#growing.set(record.segment, text);
      this.#show(text);
      return;
    }
    if (record.type === 'caption') this.#growing.delete(record.segment);
    // Some agents never say that a caption is final.
    if (record.type === 'summary') for (const last of this.#growing.values()) this.#print(last);
    this.#print(text);
  }

  #print(text: string): void {
    this.#terminal.write(`${this.#live ? '\r\x1b[2K' : ''}${this.#stamp()}${text}\n`);
    this.#live = false;
  }

  #show(text: string): void {
    if (!this.#terminal.isTTY) return;
    const line = `${this.#stamp()}${text} …`;
    // A wrapped line cannot be overwritten, so the line is cut; its end holds the new words.
    const room = Math.max(20, (this.#terminal.columns ?? 80) - 1);
    const shown = line.length <= room ? line : `${line.slice(0, 20)}…${line.slice(line.length - room + 21)}`;
    this.#terminal.write(`\r\x1b[2K${shown}`);
    this.#live = true;
  }

  #stamp(): string {
    return `${((performance.now() - this.#startedMs) / 1000).toFixed(2).padStart(7)} s  `;
  }
}

function textOf(record: TalkRecord): string | undefined {
  switch (record.type) {
    case 'joined':
      return `joined room ${record.room} as ${record.identity}`;
    case 'dispatched':
      return `dispatched ${record.agent}${record.attempt > 1 ? ` again (attempt ${record.attempt})` : ''}`;
    case 'agent_joined':
      return `${record.identity} joined`;
    case 'agent_left':
      return `${record.identity} left`;
    case 'agent_state':
    case 'connection':
      return `· ${record.state}`;
    case 'playing':
      return `playing ${record.file} (${seconds(record.ms)})`;
    case 'played':
      return 'played; listening for the answer';
    case 'caption':
      return `${record.participant}: ${record.text}`;
    case 'event':
      return `· ${eventText(record.event)}`;
    case 'heard':
      return undefined;
    case 'summary':
      return summaryText(record);
  }
}

function eventText({
  v: _v,
  call: _call,
  epoch: _epoch,
  seq: _seq,
  at: _at,
  type,
  ...fields
}: AgentEvent): string {
  const words = Object.entries(fields).map(([name, value]) => {
    return `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return [type, words.join(', ')].filter((part) => part !== '').join(': ');
}

function summaryText({ heardMs, firstAnswerMs, out }: TalkSummary): string {
  if (heardMs === 0) return 'heard nothing';
  const first =
    firstAnswerMs === null ? '' : `, the first ${seconds(firstAnswerMs)} after the end of your speech`;
  return `heard ${seconds(heardMs)} of sound${first}${out ? `; it is in ${out}` : ''}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
