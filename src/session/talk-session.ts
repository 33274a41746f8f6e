// The part of a ModelSession above the connection: inputs, the turn, due answers, and the events that are emitted.

import { isVoiced, type PcmChunk } from '../audio/pcm.js';
import type { Capabilities } from '../capabilities/schema.js';
import type { Logger } from '../util/log.js';
import { asUserTurn, type ToolMemory } from './call-registry.js';
import { type CarriedInputs, type CarriedInputsChange, inputsOf } from './carried-inputs.js';
import { Exchange } from './exchange.js';
import type { Observed } from './exchange-types.js';
import { isAsked } from './held-texts.js';
import { InputJournal } from './input-journal.js';
import { Outbound } from './outbound.js';
import type { Content, Jpeg, ModelEvent, ModelListener, ToolCall, ToolResult } from './port.js';
import { Reminders } from './reminders.js';
import type { TurnStamp } from './turn.js';
import type { Input, Wire } from './wire.js';

export interface TalkSessionOptions {
  readonly capabilities: Capabilities;
  /**
   * The conversation began in another process: its session is resumed or rebuilt from the ledger, never begun anew.
   * `turn`: the id of the last turn there; `inputs`: those without an answer.
   */
  readonly takenOver?: {
    readonly tools: ToolMemory;
    readonly turn: number;
    readonly inputs?: CarriedInputs;
  };
  /** Called with changes of the inputs without an answer, for a process that takes the conversation over. */
  readonly onInputs?: ((change: CarriedInputsChange) => void) | undefined;
  readonly log: Logger;
}

/** Less voice than this is no word. */
const LOST_WORD_MS = 300;
const TAKEN_BACK = { code: 'cancelled', message: 'the person has taken back what they said: do nothing' };
const TAKE_BACK_NOTE = '(The user has taken back what they said last. Disregard it.)';

export abstract class TalkSession {
  protected readonly exchange: Exchange;
  protected readonly outbound: Outbound;
  protected readonly reminders: Reminders;
  readonly #options: TalkSessionOptions;
  readonly #listener: ModelListener;
  protected readonly journal: InputJournal | undefined;

  constructor(options: TalkSessionOptions, listener: ModelListener) {
    const { capabilities, takenOver, onInputs } = options;
    const { answersAlways } = capabilities;
    this.#options = options;
    this.#listener = listener;
    const report = (code: string, message: string): void =>
      this.emit({ type: 'error', code, message, fatal: false });
    this.exchange = new Exchange({
      answersAlways,
      waitsForResults: capabilities.tools.defaultBehavior === 'BLOCKING',
      ...(takenOver ? { restored: takenOver } : {}),
    });
    this.outbound = new Outbound({
      rules: capabilities,
      exchange: this.exchange,
      wire: () => this.openWire,
      isManual: () => this.isManual,
      onRefused: (reason) => report('input', reason),
    });
    if (onInputs) {
      const unanswered = () => this.exchange.unanswered(this.outbound.waiting, performance.now());
      this.journal = new InputJournal({ unanswered, onChange: onInputs });
    }
    if (takenOver?.inputs) this.takeOver(takenOver.inputs);
    this.reminders = new Reminders({
      exchange: this.exchange,
      answersAlways,
      sendAgain: (input) => this.outbound.sendAtOnce(input),
      report,
    });
  }

  /** Undefined while there is no open connection. */
  protected abstract get openWire(): Wire | undefined;
  /** Whether the connection was set up with manual activity detection. */
  protected abstract get isManual(): boolean;
  protected abstract get isClosed(): boolean;
  /** An input was sent or held. */
  protected abstract onInput(input: Input): void;

  get droppedMs(): number {
    return this.exchange.buffer.droppedMs;
  }

  get toolMemory(): ToolMemory {
    return this.exchange.calls.memory;
  }

  get openCalls(): readonly ToolCall[] {
    return this.exchange.calls.open;
  }

  get turn(): TurnStamp {
    return this.exchange.turn;
  }

  get isQuiet(): boolean {
    return this.openWire !== undefined && this.outbound.isEmpty && this.exchange.isQuiet(performance.now());
  }

  sendAudio(chunk: PcmChunk): void {
    this.#send({ type: 'audio', chunk, voiced: isVoiced(chunk) });
  }

  endAudio(): void {
    this.#send({ type: 'stream-end' });
  }

  startActivity(): void {
    this.#send({ type: 'activity-start' });
  }

  endActivity(): void {
    this.#send({ type: 'activity-end' });
  }

  sendImage(image: Jpeg): void {
    this.#send({ type: 'image', image });
  }

  sendText(text: string, onUnsent?: () => void): void {
    this.#send({ type: 'text', text, ...(onUnsent ? { onUnsent } : {}) });
  }

  sendContext(turns: readonly Content[], turnComplete: boolean, onUnsent?: () => void): void {
    this.#send({ type: 'context', turns, turnComplete, ...(onUnsent ? { onUnsent } : {}) });
  }

  sendToolResults(results: readonly ToolResult[]): void {
    if (this.isClosed) return;
    const late = this.exchange.calls.orphaned(results);
    if (late.length > 0) this.#send(asUserTurn(late));
    const due = this.exchange.answerTools(results, performance.now());
    if (due.length === 0) return;
    const input: Input = { type: 'tool-results', results: due };
    // Not held without a connection: unconfirmed results are sent when the session is resumed.
    this.outbound.sendAtOnce(input);
    this.onInput(input);
  }

  cancelTurn(): number {
    const { calls, turn, isActivityOpen } = this.exchange.cancel(performance.now());
    this.outbound.takeBack(isActivityOpen);
    if (calls.length > 0) {
      this.pass({ event: { type: 'tool-cancelled', ids: calls.map(({ id }) => id) }, stamp: this.turn });
      this.sendToolResults(calls.map(({ id, name }) => ({ id, name, response: { error: TAKEN_BACK } })));
    }
    // Where the model accepts no client content, the answer is discarded without a note in its context.
    const { clientContent } = this.#options.capabilities;
    if (clientContent === 'any')
      this.sendContext([{ role: 'user', parts: [{ text: TAKE_BACK_NOTE }] }], false);
    return turn;
  }

  /** Inputs of the process that had the conversation before: they are sent again, before any other. */
  protected takeOver({ inputs }: CarriedInputs): void {
    const nowMs = performance.now();
    for (const input of inputsOf(inputs)) {
      this.exchange.said(input, nowMs);
      this.exchange.buffer.record(input, nowMs);
    }
  }

  /** A connection is open again: voice that it will not be sent is reported. */
  protected reportLost(): void {
    const voiceMs = this.exchange.buffer.takeLostVoice();
    if (voiceMs < LOST_WORD_MS) return;
    const message = `${(voiceMs / 1000).toFixed(1)} s of what was said was not heard: there was no connection for too long`;
    this.emit({ type: 'error', code: 'not_heard', message, fatal: false });
  }

  protected sendReconfiguration(input: Extract<Input, { type: 'reconfigure' }>): void {
    this.#send(input);
  }

  /** Every event passes the exchange, which adds the turn and drops repeats. */
  protected emit(event: ModelEvent): void {
    this.reminders.observe(event);
    const { revision } = this.exchange.buffer;
    const observed = this.exchange.observe(event, performance.now());
    // Before the tool that was called runs: if this process dies in it, its successor must not ask for it again.
    if (this.exchange.buffer.revision !== revision) this.journal?.report();
    if (observed) this.pass(observed);
  }

  protected pass({ event, stamp }: Observed): void {
    try {
      this.#listener(event, stamp);
    } catch (error) {
      this.#options.log.error(
        { code: 'listener', err: error, event: event.type },
        'a session listener failed',
      );
    }
  }

  #send(input: Input): void {
    if (this.isClosed) return;
    this.outbound.send(input);
    this.onInput(input);
    this.journal?.added(isAsked(input));
  }
}
