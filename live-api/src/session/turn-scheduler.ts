// Schedules the model's turns: begins and interrupts them, and holds back WHEN_IDLE output until nobody speaks.
import type { SessionConfig } from '../models/check-setup.js';
import type { FunctionResponse } from '../wire/client-message.js';
import { messages } from '../wire/messages.js';
import { refusals } from '../wire/refusal.js';
import { audioTokens, type Tokens, textTokens } from './context-window.js';
import type { Conversation } from './conversation.js';
import type { Plan, PlannedCall, Step } from './plan.js';
import type { SessionPort } from './port.js';
import { toolReply } from './replies.js';
import { ToolCalls } from './tool-calls.js';
import { Turn, type TurnPort } from './turn.js';
import { Turns } from './turns.js';

export class TurnScheduler {
  readonly #port: SessionPort;
  readonly #conversation: Conversation;
  readonly #turnPort: TurnPort;
  readonly #turns: Turns;
  readonly #asides = new Set<Turn>();
  readonly #calls: ToolCalls;
  readonly #personSpeaks: () => boolean;
  #config: SessionConfig;
  /** Output that waits until nobody speaks. */
  #waiting: (readonly Step[])[] = [];
  /** Texts that came while a blocking call waited. */
  #afterCall: (() => Plan)[] = [];
  #closed = false;
  #working = false;

  constructor(
    config: SessionConfig,
    conversation: Conversation,
    port: SessionPort,
    personSpeaks: () => boolean,
  ) {
    this.#port = port;
    this.#config = config;
    this.#conversation = conversation;
    this.#personSpeaks = personSpeaks;
    this.#calls = new ToolCalls(config, conversation, {
      clock: port.clock,
      toolResponseMs: port.pace.toolResponseMs,
      send: port.send,
      phrase: (call, response) => toolReply(call, response, conversation),
      speak: (steps, when) => this.#speak(steps, when),
    });
    const responseTokens = (audioMs: number, text: string): Tokens =>
      config.modality === 'AUDIO' ? { AUDIO: audioTokens(audioMs) } : { TEXT: textTokens(text) };
    this.#turnPort = {
      ...port,
      model: config.model,
      modality: config.modality,
      voice: config.voice,
      transcripts: config.outputTranscripts,
      look: async () => {
        const { picture } = conversation;
        return picture === undefined
          ? 'No picture has reached me yet.'
          : port.describePicture(Buffer.from(picture, 'base64'));
      },
      call: (calls, signal) => this.#calls.call(calls, signal),
      usage: ({ audioMs, text, thoughts, calls }) => ({
        prompt: conversation.window.byModality(),
        response: withCalls(responseTokens(audioMs, text), calls),
        thoughts: textTokens(thoughts),
      }),
    };
    this.#turns = new Turns(this.#turnPort, {
      onBegin: () => this.#status(true),
      onIdle: () => this.idle(),
      onTurn: ({ said, audioMs }) => {
        if (said !== '' || audioMs > 0) conversation.record('model', said, responseTokens(audioMs, said));
        this.fit();
      },
      onError: port.onError,
    });
  }

  /** Whether the model is at work or waits for a blocking tool. */
  get generating(): boolean {
    return this.#turns.generating;
  }

  get busy(): boolean {
    return this.#turns.busy;
  }

  configure(config: SessionConfig): void {
    this.#config = config;
    this.#calls.configure(config);
  }

  /** Begins a turn after the current one; a plan that is no turn (`silent`) runs at once. */
  answer(plan: Plan): void {
    if (this.#closed) return;
    if (plan.silent) this.#aside(plan);
    else this.#turns.start(plan);
  }

  /** An activity of the user; the setup decides whether it interrupts the model. */
  interrupt(): void {
    if (this.#config.interrupts) this.#turns.interrupt();
  }

  /** Interrupts the model independent of the setup. */
  cut(how?: { readonly alone: boolean }): void {
    this.#turns.interrupt(how);
  }

  respond(responses: readonly FunctionResponse[]): void {
    this.#calls.respond(responses);
  }

  /** The calls that an interruption dropped and that are to be made again; each is given out once. */
  takeDropped(): readonly PlannedCall[] {
    return this.#calls.takeDropped();
  }

  cancelCalls(): void {
    const ids = [...this.#conversation.pending.keys()];
    this.#conversation.pending.clear();
    if (ids.length > 0) this.#port.send(messages.toolCallCancellation(ids));
  }

  /** Whether a blocking call of the current turn is not answered yet. */
  get waitsForCall(): boolean {
    return this.#turns.busy && this.#calls.blocked;
  }

  /** Answers when the current turn, which waits for a tool, is over. */
  answerAfterCall(plan: () => Plan): void {
    this.#afterCall.push(plan);
  }

  /** Nobody speaks: starts the output that has waited. */
  idle(): void {
    if (this.#closed || this.#turns.busy || this.#personSpeaks()) return;
    const next = this.#afterCall.shift();
    if (next) {
      this.answer(next());
      return;
    }
    const steps = this.#waiting.flat();
    this.#waiting = [];
    if (steps.length > 0) this.#turns.start({ steps, afterMs: this.#port.pace.toolResponseMs });
    else if (this.#conversation.pending.size === 0) this.#status(false);
  }

  /** Ends the session when the conversation has outgrown the model. */
  fit(): void {
    if (this.#conversation.fit()) return;
    this.#conversation.expire();
    this.#port.close(refusals.invalidArgument());
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#afterCall = [];
    this.#turns.drop();
    for (const aside of this.#asides) aside.drop();
  }

  #aside(plan: Plan): void {
    const aside = new Turn(this.#turnPort, plan);
    this.#asides.add(aside);
    void aside.done.catch(this.#port.onError).then(() => this.#asides.delete(aside));
  }

  #speak(steps: readonly Step[], when: 'INTERRUPT' | 'WHEN_IDLE'): void {
    this.#waiting.push(steps);
    if (when === 'INTERRUPT' && !this.#personSpeaks()) this.#turns.interrupt();
    this.idle();
  }

  /** Some models report the end of all work apart from the end of a turn. */
  #status(working: boolean): void {
    if (!this.#config.model.interactionStatus || this.#working === working) return;
    this.#working = working;
    this.#port.send(messages.interaction(working ? 'IN_PROGRESS' : 'IDLE'));
  }
}

/** A function call is text that the model makes. */
function withCalls(tokens: Tokens, calls: string): Tokens {
  return calls === '' ? tokens : { ...tokens, TEXT: (tokens.TEXT ?? 0) + textTokens(calls) };
}
