// The state of the exchange between room and model: the turn, inputs without an answer, and tool calls in flight.
import { durationMs } from '../audio/pcm.js';
import { CallRegistry } from './call-registry.js';
import type { Due, ExchangeOptions, Observed } from './exchange-types.js';
import { InputBuffer } from './input-buffer.js';
import type { InputJournalOptions } from './input-journal.js';
import type { ModelEvent, ToolCall, ToolResult } from './port.js';
import { SpokenWords } from './spoken-words.js';
import {
  stampOf,
  type TurnInput,
  type TurnStamp,
  type TurnState,
  trackTurn,
  turnAfter,
} from './turn-tracker.js';
import type { Input } from './wire.js';

/** A pause of this length is between two utterances, not within one. */
const SILENT_AFTER_MS = 800;
/** Speech that has no answer after this time does not delay a rotation any longer. */
const UNANSWERED_AT_MOST_MS = 6_000;
/** Less voice than this may be a cough, which the service does not report. */
const UTTERANCE_MS = 1_000;
/** What was said during an answer is answered within this time after it, or was a part of what it was about. */
const IN_DOUBT_MS = 10_000;
/** turnComplete comes with the end of the sound; later than this it is late, and final captions do not wait any longer. */
const COMPLETE_IN_TIME_MS = 300;

export class Exchange {
  readonly buffer: InputBuffer;
  readonly calls: CallRegistry;
  readonly #answersAlways: boolean;
  readonly #waitsForResults: boolean;
  #turn: TurnState;
  /** When the service last sent an activity or a transcript of the utterance without an answer. */
  #heardAtMs: number | undefined;
  readonly #words = new SpokenWords();
  /** When the inputs in doubt are treated as answered. */
  #doubtUntilMs = Number.POSITIVE_INFINITY;
  /** When the service last reported the end of speech. */
  #endedAtMs = Number.NEGATIVE_INFINITY;
  /** A connection that is being closed still sends its answer, which does not confirm inputs that are held meanwhile. */
  #goesOn = false;
  /** The session that is open or being opened has made the calls in flight. */
  #knowsCalls = true;

  constructor({ answersAlways, waitsForResults = false, restored }: ExchangeOptions) {
    this.#answersAlways = answersAlways;
    this.buffer = new InputBuffer(!answersAlways);
    this.#waitsForResults = waitsForResults;
    this.calls = new CallRegistry(restored?.tools);
    this.#turn = turnAfter(restored?.turn ?? 0);
    // Of the first utterance, which begins with the inputs of the process before.
    if (restored?.inputs?.words) this.#words.heard(restored.inputs.words, 1);
  }

  get turn(): TurnStamp {
    return stampOf(this.#turn);
  }

  /** The answer that is due from the model; undefined: none is. */
  get due(): Due | undefined {
    const { phase } = this.#turn;
    if (this.calls.inFlight > 0 || phase === 'answering' || phase === 'cancelled') return undefined;
    const { askedAtMs, voicedMs, voicedAtMs, unanswered } = this.buffer;
    if (askedAtMs !== undefined) return { what: 'text', sinceMs: askedAtMs };
    if (phase === 'none' || !unanswered) return undefined;
    if (this.#words.isTranscribed && this.#heardAtMs !== undefined)
      return { what: 'speech', sinceMs: this.#heardAtMs };
    if (this.#heardAtMs !== undefined || voicedMs < UTTERANCE_MS) return undefined;
    return { what: 'utterance', sinceMs: voicedAtMs };
  }

  /** When the generated answer has been played: turnComplete is due then. */
  get completeByMs(): number | undefined {
    const { phase, generated, numbered, current } = this.#turn;
    if (phase !== 'answering' || !generated || !numbered || this.calls.inFlight > 0) return undefined;
    return current.startedMs + current.soundMs;
  }

  /** Applies an event; undefined when it must not be emitted: it repeats an earlier one, or its turn is over. */
  observe(event: ModelEvent, nowMs: number): Observed | undefined {
    // A repeated call is no move of the model: what was said since the first has not reached it by that.
    if (event.type === 'tool-calls' && this.calls.knows(event.calls)) return undefined;
    const before = this.#turn;
    const byMs = this.completeByMs;
    const step = trackTurn(before, event, nowMs);
    this.#turn = step.state;
    if (event.type === 'connection' && event.state !== 'open' && event.state !== 'connecting') {
      if (event.state === 'rotating') this.#goesOn ||= before.phase === 'answering';
      this.#doubt(nowMs);
    }
    if (step.begins && !this.#goesOn) this.#onAnswer();
    // The turn of the call goes on. What was said since the call is still without an answer.
    else if (event.type === 'audio' && this.#isAfterResult) this.calls.confirmed();
    if (before.phase === 'answering' && step.state.phase !== 'answering')
      this.#doubtUntilMs = nowMs + IN_DOUBT_MS;
    if (step.isStale) return undefined;
    const { stamp } = step;
    switch (event.type) {
      case 'input-transcript':
        if (!event.interim && event.text.trim() !== '') {
          this.#words.heard(event.text, this.buffer.utterances);
          this.#heardAtMs = nowMs;
        }
        return { event, stamp };
      case 'activity':
        this.#heardAtMs = nowMs;
        if (event.phase === 'ended') this.#endedAtMs = nowMs;
        return { event, stamp };
      case 'tool-calls': {
        const calls = this.calls.called(event.calls);
        return calls.length === 0 ? undefined : { event: { ...event, calls }, stamp };
      }
      case 'tool-cancelled':
        this.calls.cancelled(event.ids);
        return { event, stamp };
      case 'turn-complete':
        // An answer of words alone.
        if (before.phase === 'answering' && before.onlyWords) this.#onAnswer();
        // The model has decided not to answer: the input must not be sent again after a loss.
        if (before.phase === 'awaited' && step.state.phase === 'none' && !this.#answersAlways)
          this.#inputsAnswered();
        return {
          event: nowMs - (byMs ?? nowMs) > COMPLETE_IN_TIME_MS ? { ...event, late: true } : event,
          stamp,
        };
      default:
        return { event, stamp };
    }
  }

  /** Records an input that is sent. */
  sent(input: Input, nowMs: number): void {
    this.buffer.record(input, nowMs);
    if (input.type === 'audio' && input.voiced) this.#words.sent(durationMs(input.chunk));
  }

  /** Applies an input when it comes from the room; it may be sent later. */
  said(input: Input, nowMs: number): void {
    const { phase, next } = this.#turn;
    switch (input.type) {
      case 'audio':
        // The microphone's level only starts a person's turn: noise must not prolong one that the service has ended.
        if (input.voiced && (phase === 'none' || (phase === 'answering' && next === 'none')))
          this.#track({ type: 'person', phase: 'started' }, nowMs);
        return;
      case 'activity-start':
        this.calls.turnChanged();
        this.#track({ type: 'person', phase: 'started' }, nowMs);
        return;
      case 'activity-end':
        this.#track({ type: 'person', phase: 'ended' }, nowMs);
        return;
      case 'text':
        this.calls.turnChanged();
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

  /** turnComplete has not come in time: the answer is treated as complete. */
  overdue(nowMs: number): Observed {
    const step = trackTurn(this.#turn, { type: 'overdue' }, nowMs);
    this.#turn = step.state;
    return { event: { type: 'turn-complete', late: true }, stamp: step.stamp };
  }

  /**
   * Cancels the last utterance: it is not sent again, and its answer is discarded.
   * Returns the tool calls in flight that belong to it.
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
    this.#words.takeBack();
    return { calls, turn, isActivityOpen };
  }

  /** Another connection: tool results that were sent on the earlier one and not confirmed are sent again. */
  connecting(resumes: boolean): void {
    this.#goesOn = false;
    this.calls.disconnected();
    this.#heardAtMs = undefined;
    // A new session has the tool results in its context and does not answer them: no answer is due.
    this.#knowsCalls = resumes;
    const waits = this.buffer.unanswered || this.buffer.isHolding;
    if (!resumes && this.#turn.phase === 'awaited' && !waits) this.#turn = { ...this.#turn, phase: 'none' };
  }

  /** Whether nobody speaks, no turn is open and no tool call is in flight. */
  isQuiet(nowMs: number): boolean {
    const { phase, begun } = this.#turn;
    if (phase === 'answering' || (phase === 'cancelled' && begun)) return false;
    if (this.buffer.inDoubt === 'all' && nowMs < this.#doubtUntilMs) return false;
    if (this.calls.inFlight > 0 || this.buffer.activityOpen || this.buffer.askedAtMs !== undefined)
      return false;
    // Words of speech that the last answer began in the midst of: the model may answer it next.
    const isOpen = this.buffer.unanswered || (this.buffer.inDoubt === 'speech' && this.#words.isTranscribed);
    return !this.buffer.spokeWithin(isOpen ? UNANSWERED_AT_MOST_MS : SILENT_AFTER_MS, nowMs);
  }

  /**
   * The inputs that a new connection is sent first. After a loss these are all inputs without an answer, speech
   * from its onset on. After an orderly close they are sent again when the model owes an answer, or when the service
   * had not transcribed the speech: a rotation waits for an answer only for a limited time.
   */
  takeUp(
    resumed: boolean,
    orderly: boolean,
  ): { readonly inputs: readonly Input[] /** What is heard again. */; readonly again: string } {
    const due = this.calls.unconfirmed();
    const first: Input[] = resumed && due.length > 0 ? [{ type: 'tool-results', results: due }] : [];
    // A new session does not know the calls: it gets their results in its context.
    if (!resumed) this.calls.forgetCalls();
    this.#knowsCalls = true;
    const again = this.replayedWords(orderly);
    const replay = this.#replays(orderly);
    if (replay) this.#words.replayed(again, this.buffer.voicedMs);
    return { inputs: [...first, ...this.buffer.takeBacklog(replay)], again };
  }

  /** The inputs without an answer, with those that wait to be sent; as a connection after a loss would be sent them. */
  unanswered(waiting: readonly Input[], nowMs: number): ReturnType<InputJournalOptions['unanswered']> {
    const { buffer } = this;
    const inDoubt = buffer.inDoubt !== 'none' && nowMs < this.#doubtUntilMs;
    const inputs = [...buffer.needy(inDoubt, nowMs), ...waiting, ...buffer.held];
    const words = inputs.length === 0 ? '' : inDoubt ? this.#words.all : this.#words.text;
    const isVoiced = buffer.spokeWithin(SILENT_AFTER_MS, nowMs);
    // What was in doubt needs no answer after a while.
    return { inputs, words, isVoiced, revision: 2 * buffer.revision + (inDoubt ? 1 : 0) };
  }

  /** What was transcribed of the speech that a new connection is sent again: there it is heard, not read. */
  replayedWords(orderly: boolean): string {
    if (!this.#replays(orderly)) return '';
    return this.buffer.unanswered ? this.#words.text : this.#words.waiting;
  }

  #replays(orderly: boolean): boolean {
    return !orderly || (this.buffer.unanswered && (this.#answersAlways || !this.#words.isTranscribed));
  }

  /** Records tool results and returns those that are to be sent now. */
  answerTools(results: readonly ToolResult[], nowMs: number): readonly ToolResult[] {
    const due = this.calls.answered(results);
    if (due.length > 0 && this.#knowsCalls) this.said({ type: 'tool-results', results: due }, nowMs);
    return due;
  }

  #track(input: TurnInput, nowMs: number): void {
    this.#turn = trackTurn(this.#turn, input, nowMs).state;
  }

  /** The model has begun a turn, so the inputs and tool results that were sent before have reached it. */
  #onAnswer(): void {
    const after = this.#isAfterResult ? 'result' : 'input';
    this.calls.confirmed();
    this.#inputsAnswered(after);
  }

  get #isAfterResult(): boolean {
    return this.#waitsForResults && this.calls.awaitsAnswer;
  }

  #inputsAnswered(after: 'result' | 'input' = 'input'): void {
    this.buffer.answered(after, this.#endedAtMs);
    this.#doubtUntilMs = Number.POSITIVE_INFINITY;
    this.#heardAtMs = undefined;
    const { inDoubt, isAllInDoubt, doubtful } = this.buffer;
    this.#words.answered(inDoubt, isAllInDoubt, doubtful.voicedMs);
  }

  /** The connection is lost: what the last answer may not have been about is without an answer, for a while. */
  #doubt(nowMs: number): void {
    if (this.buffer.inDoubt === 'none') return;
    if (nowMs >= this.#doubtUntilMs) {
      this.#words.settled();
      return;
    }
    this.buffer.doubt();
    this.#words.doubted(this.buffer.utterances);
  }
}
