// The conversation that a resumption handle points to, over all its connections.
import { randomBytes } from 'node:crypto';
import type { Answerer, JsonObject, OpenAnswerer } from '../answerer-port.js';
import type { SessionConfig } from '../models/check-setup.js';
import { audioTokens, ContextWindow, type Tokens, textTokens } from './context-window.js';
import type { Script } from './plan.js';

export interface PendingCall {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly blocking: boolean;
}

export class Conversation {
  /** Tool calls that were sent and are not answered. */
  readonly pending = new Map<string, PendingCall>();
  readonly window = new ContextWindow();
  readonly script: Script | undefined;
  /** Samples at 16 kHz that were received, on all its connections. */
  samples = 0;
  sawVideo = false;
  /** The last picture, as base64. */
  picture: string | undefined;
  /** How long its connections have been open, together. */
  connectedMs = 0;
  #expired = false;
  #answerer: Answerer | undefined;
  #config: SessionConfig;
  readonly #open: OpenAnswerer;
  readonly #hears: boolean;

  /** `hears`: whether words can be recognised. */
  constructor(config: SessionConfig, open: OpenAnswerer, script?: Script, hears = false) {
    this.#hears = hears;
    this.script = script;
    this.#config = config;
    this.#open = open;
    this.configure(config);
  }

  /** Whether the server itself sends what it hears as a transcription. */
  get transcribes(): boolean {
    return this.script?.transcribes ?? true;
  }

  get model(): string {
    return this.#config.model.name;
  }

  /** How long its model lets a session last, where that is less than usual. */
  get sessionMs(): number | undefined {
    return this.#config.model.sessionMs;
  }

  /** Whether its time is over: it cannot be resumed. */
  get expired(): boolean {
    return this.#expired;
  }

  /** Ends the conversation; its handles are kept to refuse them, its content is dropped. */
  expire(): void {
    this.#expired = true;
    this.window.clear();
    this.picture = undefined;
    this.#answerer = undefined;
  }

  get answerer(): Answerer {
    this.#answerer ??= this.#reopen();
    return this.#answerer;
  }

  /** Takes a new setup (or context update); the history stays. */
  configure(config: SessionConfig): void {
    this.#config = config;
    this.window.fix(textTokens(config.instructions) + declarationTokens(config));
    this.#answerer = undefined;
  }

  remember(role: 'user' | 'model', text: string, tokens: Tokens = { TEXT: textTokens(text) }): void {
    this.record(role, text, tokens);
    if (text !== '') this.answerer.remember(role, text);
  }

  /** What was answered by the answerer itself is in its memory already. */
  record(role: 'user' | 'model', text: string, tokens: Tokens): void {
    this.#answerer ??= this.#reopen(); // before the entry is there: a new one takes in all that is
    this.window.add({ role, tokens, ...(text !== '' && { text }) });
  }

  recordSpeech(role: 'user' | 'model', text: string, ms: number): void {
    this.record(role, text, { AUDIO: audioTokens(ms) });
  }

  /** The last words of one side that are still in the context window. */
  lastWords(role: 'user' | 'model'): string | undefined {
    return this.window.entries.findLast((entry) => entry.role === role && entry.text !== undefined)?.text;
  }

  /** Keeps the window within its limit: true when it fits, false when it cannot. */
  fit(): boolean {
    const { compression, model } = this.#config;
    if (compression && this.window.total > compression.triggerTokens) {
      if (this.window.slide(compression.targetTokens)) this.#answerer = undefined;
    }
    return this.window.total <= model.contextTokens;
  }

  #reopen(): Answerer {
    const answerer = this.#open({
      declarations: this.#config.declarations,
      instructions: this.#config.instructions,
      builtIn: this.#config.builtIn,
      sees: true,
      hears: this.#hears,
    });
    for (const { role, text } of this.window.entries) if (text) answerer.remember(role, text);
    return answerer;
  }
}

function declarationTokens(config: SessionConfig): number {
  return config.declarations.length === 0 ? 0 : textTokens(JSON.stringify(config.declarations));
}

/** A handle as the service makes them: 36 characters without a meaning. */
export const newHandle = () => randomBytes(27).toString('base64url');

/** An id as the service gives to function calls. */
export const newCallId = () => `function-call-${randomBytes(8).readBigUInt64BE() % 10n ** 19n}`;
