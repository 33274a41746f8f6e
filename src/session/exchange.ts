// What is under way between the room and the model: whose turn it is, what is not answered yet, and the calls in flight.
import { CallRegistry, type ToolMemory } from './call-registry.js';
import { InputBuffer } from './input-buffer.js';
import type { ModelEvent, ToolCall, ToolResult } from './port.js';
import {
  stampOf,
  type TurnInput,
  type TurnStamp,
  type TurnState,
  trackTurn,
  turnAfter,
} from './turn-tracker.js';
import { awaitsWords, weightOfText } from './turn-words.js';
import type { Input } from './wire.js';

/** The person has paused for so long: between utterances, not within one. */
const SILENT_AFTER_MS = 800;
/** Nobody waits any longer for an answer to speech that has not begun. */
const UNANSWERED_AT_MOST_MS = 6_000;
/** An utterance of so much voice is not a cough. */
const UTTERANCE_MS = 1_000;

/** What the model owes, and since when. */
export interface Due {
  /** `utterance`: speech of which the service shows no sign. */
  readonly what: 'text' | 'speech' | 'utterance';
  readonly sinceMs: number;
}

/** An event that is passed on, with the turn that it belongs to. */
export interface Observed {
  readonly event: ModelEvent;
  readonly stamp: TurnStamp;
}

export interface ExchangeOptions {
  /** No answer is an answer: the model may choose to say nothing. */
  readonly answersAlways: boolean;
  readonly restored?: { readonly tools: ToolMemory; readonly turn: number };
}

export class Exchange {
  readonly buffer = new InputBuffer();
  readonly calls: CallRegistry;
  readonly #answersAlways: boolean;
  #turn: TurnState;
  /** When the service last showed that it hears the utterance that is not answered. */
  #heardAtMs: number | undefined;
  /** The words of the unanswered utterance are known already: hearing it again must not report them twice. */
  #transcribed = false;
  #mutesTranscripts = false;
  #transcript = '';
  /** A connection that is being closed goes on with its answer: that says nothing of what was sent meanwhile. */
  #goesOn = false;
  /** The session that is open, or being opened, has made the calls in flight. */
  #knowsCalls = true;

  constructor({ answersAlways, restored }: ExchangeOptions) {
    this.#answersAlways = answersAlways;
    this.calls = new CallRegistry(restored?.tools);
    this.#turn = turnAfter(restored?.turn ?? 0);
  }

  get turn(): TurnStamp {
    return stampOf(this.#turn);
  }

  /** What the model has to answer by now, if it still has to. */
  get due(): Due | undefined {
    const { phase } = this.#turn;
    if (this.calls.inFlight > 0 || phase === 'answering' || phase === 'cancelled') return undefined;
    const { askedAtMs, voicedMs, voicedAtMs, unanswered } = this.buffer;
    if (askedAtMs !== undefined) return { what: 'text', sinceMs: askedAtMs };
    if (phase === 'none' || !unanswered) return undefined;
    if (this.#transcribed && this.#heardAtMs !== undefined)
      return { what: 'speech', sinceMs: this.#heardAtMs };
    if (this.#heardAtMs !== undefined || voicedMs < UTTERANCE_MS) return undefined;
    return { what: 'utterance', sinceMs: voicedAtMs };
  }

  /** All of the answer was generated, and would have been played by then: turnComplete is due. */
  get completeByMs(): number | undefined {
    const { phase, generated, numbered, current } = this.#turn;
    if (phase !== 'answering' || !generated || !numbered || this.calls.inFlight > 0) return undefined;
    return current.startedMs + current.soundMs;
  }

  /** Takes note of an event; undefined when it repeats what the room was told before, or speaks of what is over. */
  observe(event: ModelEvent, nowMs: number): Observed | undefined {
    const before = this.#turn;
    const step = trackTurn(before, event, nowMs);
    this.#turn = step.state;
    if (event.type === 'connection' && event.state === 'rotating')
      this.#goesOn ||= before.phase === 'answering';
    if (step.begins && !this.#goesOn) this.#onAnswer();
    if (step.isStale) return undefined;
    const { stamp } = step;
    switch (event.type) {
      case 'input-transcript':
        if (this.#mutesTranscripts) return undefined;
        if (!event.interim && event.text.trim() !== '') {
          this.#transcribed = true;
          this.#transcript += event.text;
          this.#heardAtMs = nowMs;
        }
        return { event, stamp };
      case 'activity':
        this.#heardAtMs = nowMs;
        return { event, stamp };
      case 'tool-calls': {
        const calls = this.calls.called(event.calls);
        return calls.length === 0 ? undefined : { event: { ...event, calls }, stamp };
      }
      case 'tool-cancelled':
        this.calls.cancelled(event.ids);
        return { event, stamp };
      case 'turn-complete':
        // A model that may say nothing has done so: what it was asked is not asked again.
        if (before.phase === 'awaited' && step.state.phase === 'none' && !this.#answersAlways) this.#settle();
        return { event, stamp };
      default:
        return { event, stamp };
    }
  }

  /** A person's input, when it comes; it may be sent later. */
  said(input: Input, nowMs: number): void {
    const { phase, next } = this.#turn;
    switch (input.type) {
      case 'audio':
        // The level of a microphone says that somebody begins; noise must not look like a person who goes on.
        if (input.voiced && (phase === 'none' || (phase === 'answering' && next === 'none')))
          this.#track({ type: 'person', phase: 'started' }, nowMs);
        return;
      case 'activity-start':
        this.calls.turned();
        this.#track({ type: 'person', phase: 'started' }, nowMs);
        return;
      case 'activity-end':
        this.#track({ type: 'person', phase: 'ended' }, nowMs);
        return;
      case 'text':
        this.calls.turned();
        this.#track({ type: 'asked', by: 'text' }, nowMs);
        return;
      case 'context':
        if (input.turnComplete) this.#track({ type: 'asked', by: 'text' }, nowMs);
        return;
      case 'tool-results':
        if (input.results.some(({ scheduling }) => scheduling !== 'SILENT'))
          this.#track({ type: 'asked', by: 'tool' }, nowMs);
        return;
      case 'stream-end':
      case 'image':
      case 'reconfigure':
        return;
    }
  }

  /** turnComplete does not come: the answer is over all the same. */
  overdue(nowMs: number): Observed {
    const step = trackTurn(this.#turn, { type: 'overdue' }, nowMs);
    this.#turn = step.state;
    return { event: { type: 'turn-complete' }, stamp: step.stamp };
  }

  /**
   * The person has taken back what they said: it is not sent again, and its answer is kept from the room.
   * Returns the calls in flight that were made for it.
   */
  cancel(nowMs: number): {
    readonly calls: readonly ToolCall[];
    readonly turn: number;
    readonly isActivityOpen: boolean;
  } {
    const calls = this.calls.ofTurn();
    const { phase, answers, numbered } = this.#turn;
    const turn = phase === 'answering' && numbered ? answers : answers + 1;
    this.#track({ type: 'cancel' }, nowMs);
    const isActivityOpen = this.buffer.takeBack();
    this.#heardAtMs = undefined;
    this.#transcribed = false;
    return { calls, turn, isActivityOpen };
  }

  /** Another connection: what the one before it took and nothing followed has to be sent again. */
  connecting(resumes: boolean): void {
    this.#goesOn = false;
    this.calls.disconnected();
    this.#heardAtMs = undefined;
    // Nobody waits for an answer to tools that a new session knows only from its context.
    this.#knowsCalls = resumes;
    const waits = this.buffer.unanswered || this.buffer.isHolding;
    if (!resumes && this.#turn.phase === 'awaited' && !waits) this.#turn = { ...this.#turn, phase: 'none' };
  }

  /** Nobody speaks, no turn is open, no tool is in flight. */
  isQuiet(nowMs: number): boolean {
    const { phase, begun } = this.#turn;
    if (phase === 'answering' || (phase === 'cancelled' && begun)) return false;
    if (this.calls.inFlight > 0 || this.buffer.activityOpen || this.buffer.askedAtMs !== undefined)
      return false;
    return !this.buffer.spokeWithin(this.buffer.unanswered ? UNANSWERED_AT_MOST_MS : SILENT_AFTER_MS, nowMs);
  }

  /**
   * What a connection that takes up the session has to be sent first. After an end that was not orderly
   * that is what was not answered yet, speech from its onset; after an orderly one, too, when the service
   * had not even understood it: a rotation does not wait for that without end.
   */
  takeUp(
    resumed: boolean,
    orderly: boolean,
  ): { readonly inputs: readonly Input[]; readonly restarts: boolean } {
    const due = this.calls.unconfirmed();
    const first: Input[] = resumed && due.length > 0 ? [{ type: 'tool-results', results: due }] : [];
    // A new session does not know the calls: their answers are in its context instead.
    if (!resumed) this.calls.forgetCalls();
    this.#knowsCalls = true;
    const replay = !orderly || (this.buffer.unanswered && !this.#transcribed);
    const isKnown = replay && this.buffer.unanswered && this.#transcribed;
    const text = this.#transcript;
    const isPartial = awaitsWords({
      soundMs: this.buffer.voicedMs,
      words: weightOfText(text),
      text,
      finished: false,
    });
    this.#mutesTranscripts = isKnown && !isPartial;
    this.#transcript = '';
    return { inputs: [...first, ...this.buffer.takeBacklog(replay)], restarts: isKnown && isPartial };
  }

  /** Answers are taken back or sent; those that are due now are returned. */
  answerTools(results: readonly ToolResult[], nowMs: number): readonly ToolResult[] {
    const due = this.calls.answered(results);
    if (due.length > 0 && this.#knowsCalls) this.said({ type: 'tool-results', results: due }, nowMs);
    return due;
  }

  #track(input: TurnInput, nowMs: number): void {
    this.#turn = trackTurn(this.#turn, input, nowMs).state;
  }

  /** The model has begun a turn: what was said before has reached it, and so have the tools' answers. */
  #onAnswer(): void {
    this.calls.confirmed();
    this.#settle();
  }

  #settle(): void {
    this.buffer.answered();
    this.#heardAtMs = undefined;
    this.#transcribed = false;
    this.#transcript = '';
    this.#mutesTranscripts = false;
  }
}
