// What is under way between the room and the model: unanswered speech, open tool calls, a turn in the making.
import { InputBuffer } from './input-buffer.js';
import type { ModelEvent, ToolResult } from './port.js';
import { ToolLedger, type ToolMemory } from './tool-ledger.js';
import type { Input } from './wire.js';

/** The person has paused for so long: between utterances, not within one. */
const QUIET_AFTER_MS = 800;
/** Nobody waits any longer for an answer that has not begun. */
const UNANSWERED_AT_MOST_MS = 6_000;

export class Exchange {
  readonly buffer = new InputBuffer();
  readonly #tools: ToolLedger;
  /** The model is in the middle of a turn, as the service sees it. */
  #answering = false;
  /** The words of the unanswered utterance are known already: hearing it again must not say them twice. */
  #transcribed = false;
  #mutesTranscripts = false;

  constructor(restored?: ToolMemory) {
    this.#tools = new ToolLedger(restored);
  }

  get toolMemory(): ToolMemory {
    return this.#tools.memory;
  }

  get toolsInFlight(): number {
    return this.#tools.inFlight;
  }

  /** Takes note of an event; false when it repeats what the room was told before. */
  observe(event: ModelEvent): boolean {
    switch (event.type) {
      case 'input-transcript':
        if (this.#mutesTranscripts) return false;
        if (!event.interim && event.text.trim() !== '') this.#transcribed = true;
        return true;
      case 'tool-calls':
        this.#onAnswer();
        return this.#tools.called(event.calls);
      case 'tool-cancelled':
        this.#tools.cancelled(event.ids);
        return true;
      case 'audio':
      case 'text':
        this.#onAnswer();
        return true;
      case 'turn-complete':
      case 'interrupted':
        this.#answering = false;
        return true;
      default:
        return true;
    }
  }

  /** The results that are to be sent now; the others are of calls that were cancelled or answered already. */
  answerTools(results: readonly ToolResult[]): readonly ToolResult[] {
    return this.#tools.answered(results);
  }

  /** The results of calls that only an earlier session knew of. */
  orphanedTools(results: readonly ToolResult[]): readonly ToolResult[] {
    return this.#tools.orphaned(results);
  }

  toolsSent(results: readonly ToolResult[]): void {
    this.#tools.sent(results);
  }

  /** A connection that is being closed may go on telling of its turn: that ends with the next connection. */
  connecting(): void {
    this.#answering = false;
    this.#tools.disconnected();
  }

  /** Nobody speaks, no turn is open, no tool is in flight. */
  isQuiet(nowMs: number): boolean {
    if (this.#answering || this.#tools.inFlight > 0 || this.buffer.activityOpen) return false;
    return !this.buffer.spokeWithin(this.buffer.unanswered ? UNANSWERED_AT_MOST_MS : QUIET_AFTER_MS, nowMs);
  }

  /**
   * What a connection that takes up the session has to be sent first. After an end that was not orderly
   * the utterance that was going on is among it, from its onset; after an orderly one, too, when the service
   * had not even understood it: a rotation does not wait for that for ever.
   */
  takeUp(resumed: boolean, orderly: boolean): Input[] {
    const due = this.#tools.unconfirmed();
    const first: Input[] = resumed && due.length > 0 ? [{ type: 'tool-results', results: due }] : [];
    // A new session has never heard of the calls: their answers are in its context instead.
    if (!resumed) this.#tools.forgetCalls();
    const replay = !orderly || (this.buffer.unanswered && !this.#transcribed);
    this.#mutesTranscripts = replay && this.buffer.unanswered && this.#transcribed;
    return [...first, ...this.buffer.takeBacklog(replay)];
  }

  /** The model has begun a turn: what was said before has reached it, and so have the tools' answers. */
  #onAnswer(): void {
    if (this.#answering) return;
    this.#answering = true;
    this.buffer.answered();
    this.#tools.confirmed();
    this.#transcribed = false;
    this.#mutesTranscripts = false;
  }
}
