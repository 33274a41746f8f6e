// The conversation of an open session: inputs of every kind, the model's turns, tool calls and their order.

import { checkTools, contentText, type SessionConfig } from '../models/check-setup.js';
import type { ClientContent, ClientMessage, ContextUpdate, RealtimeInput } from '../wire/client-message.js';
import { messages } from '../wire/messages.js';
import { refusals } from '../wire/refusal.js';
import { audioTokens, FRAME_TOKENS, textTokens } from './context-window.js';
import type { Conversation } from './conversation.js';
import { Hearing, type Utterance } from './hearing.js';
import type { Plan, Step } from './plan.js';
import type { SessionPort } from './port.js';
import { reply, toolReply } from './replies.js';
import { ToolCalls } from './tool-calls.js';
import { Turns } from './turns.js';
import { Updates } from './updates.js';

const SAMPLES_PER_MS = 16;
/** Offsets that the service gives are multiples of this. */
const OFFSET_STEP_MS = 80;

export class Dialogue {
  readonly #port: SessionPort;
  readonly #conversation: Conversation;
  readonly #hearing: Hearing;
  readonly #turns: Turns;
  readonly #calls: ToolCalls;
  readonly #updates: Updates;
  #config: SessionConfig;
  #seeding: boolean;
  /** Plans that wait for a moment in which nobody speaks. */
  #waiting: (readonly Step[])[] = [];
  #closed = false;

  constructor(config: SessionConfig, conversation: Conversation, port: SessionPort) {
    this.#port = port;
    this.#config = config;
    this.#conversation = conversation;
    this.#seeding = config.seedsHistory;
    this.#hearing = new Hearing(port.speech, config, {
      onStart: () => this.#onStart(),
      onEnd: (utterance) => this.#onEnd(utterance),
    });
    this.#calls = new ToolCalls(config, conversation, {
      toolResponseMs: port.pace.toolResponseMs,
      send: port.send,
      phrase: (call, response) => toolReply(call, response, conversation),
      tell: (steps, when) => this.#tell(steps, when),
    });
    this.#turns = new Turns(
      {
        ...port,
        model: config.model,
        modality: config.modality,
        voice: config.voice,
        transcripts: config.outputTranscripts,
        call: (calls, signal) => this.#calls.call(calls, signal),
        usage: ({ audioMs, text }) => ({
          prompt: conversation.window.byModality(),
          response:
            config.modality === 'AUDIO' ? { AUDIO: audioTokens(audioMs) } : { TEXT: textTokens(text) },
        }),
      },
      {
        onIdle: () => this.#onIdle(),
        onTurn: ({ said }) => {
          if (said !== '') conversation.record('model', said, { TEXT: textTokens(said) });
          if (!conversation.fit()) port.close(refusals.invalidArgument());
        },
        onError: port.onError,
      },
    );
    this.#updates = new Updates(config, conversation, port, () => this.generating);
  }

  /** Whether the model is at work or waits for a blocking tool. */
  get generating(): boolean {
    return this.#turns.generating;
  }

  receive(message: Exclude<ClientMessage, { type: 'setup' }>): void {
    switch (message.type) {
      case 'realtimeInput':
        this.#realtime(message.realtimeInput);
        return;
      case 'clientContent':
        this.#content(message.clientContent);
        return;
      case 'toolResponse':
        this.#calls.respond(message.functionResponses);
        return;
      case 'contextUpdate':
        this.#update(message.contextUpdate);
        return;
      case 'nothing':
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    this.#turns.drop();
    this.#hearing.close();
    this.#updates.close();
  }

  #realtime(input: RealtimeInput): void {
    const { model, manualActivity } = this.#config;
    if (input.mediaChunks && !model.mediaChunks) throw refusals.mediaChunks();
    if ((input.activityStart || input.activityEnd) && !manualActivity) throw refusals.explicitActivity();
    if (input.audioStreamEnd && manualActivity) throw refusals.invalidArgument();
    if (input.activityStart) {
      this.#interrupt();
      this.#hearing.begin();
    }
    for (const chunk of input.mediaChunks ?? []) {
      if (chunk.mimeType?.startsWith('image/')) this.#frame();
      else this.#conversation.samples += this.#hearing.push(chunk);
    }
    if (input.audio) this.#conversation.samples += this.#hearing.push(input.audio);
    if (input.video) this.#frame();
    if (input.audioStreamEnd && model.audioStreamEnd) this.#hearing.streamEnd();
    if (input.activityEnd) this.#hearing.end();
    if (input.text) this.#text(input.text);
  }

  #frame(): void {
    const always = this.#config.model.turnCoverage === 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO';
    this.#conversation.sawVideo = true;
    if (always || this.#hearing.speaking) this.#conversation.record('user', '', { VIDEO: FRAME_TOKENS });
  }

  #text(text: string): void {
    this.#conversation.record('user', text, { TEXT: textTokens(text) });
    this.#interrupt();
    this.#turns.start(reply(text, this.#config, this.#conversation));
  }

  #content({ turns = [], turnComplete = false }: ClientContent): void {
    const { clock, pace } = this.#port;
    if (this.#config.model.clientContent === 'seed' && !this.#seeding) throw refusals.invalidArgument();
    const asks = turnComplete && !this.#seeding;
    if (turnComplete) this.#seeding = false;
    const last = asks && turns.at(-1)?.role !== 'model' ? turns.at(-1) : undefined;
    for (const turn of turns) {
      const text = contentText(turn);
      if (turn === last) this.#conversation.record('user', text, { TEXT: textTokens(text) });
      else this.#conversation.remember(turn.role === 'model' ? 'model' : 'user', text);
    }
    if (!asks) return;
    const question = last ? contentText(last) : (this.#conversation.lastWords('user') ?? '');
    const plan = reply(question, this.#config, this.#conversation);
    if (!this.#turns.busy) {
      this.#turns.start(plan);
      return;
    }
    clock.after(pace.contentInterruptMs, () => {
      if (this.#closed) return;
      this.#turns.interrupt();
      this.#turns.start(plan);
    });
  }

  #update({ systemInstruction, tools }: ContextUpdate): void {
    this.#config = {
      ...this.#config,
      ...(systemInstruction && { instructions: contentText(systemInstruction) }),
      ...(tools && { declarations: checkTools(tools.tools ?? [], this.#config.model) }),
    };
    this.#calls.configure(this.#config);
    this.#conversation.configure(this.#config);
  }

  #onStart(): void {
    if (this.#config.manualActivity) return;
    this.#activity('ACTIVITY_START');
    this.#interrupt();
  }

  #onEnd({ text, durationMs }: Utterance): void {
    this.#conversation.recordSpeech('user', text, durationMs);
    if (text !== '' && this.#config.inputTranscripts) this.#port.send(messages.inputTranscription(text));
    if (!this.#config.manualActivity) this.#activity('ACTIVITY_END');
    const noise = text === '' && this.#port.speech.recognises && !this.#config.manualActivity;
    if (noise) this.#onIdle();
    else this.#turns.start(reply(text, this.#config, this.#conversation));
  }

  #activity(type: 'ACTIVITY_START' | 'ACTIVITY_END'): void {
    if (!this.#config.model.voiceActivity) return;
    const ms = this.#conversation.samples / SAMPLES_PER_MS;
    this.#port.send(messages.activity(type, Math.floor(ms / OFFSET_STEP_MS) * OFFSET_STEP_MS));
  }

  #interrupt(): void {
    if (this.#config.interrupts) this.#turns.interrupt();
  }

  #tell(steps: readonly Step[], when: 'INTERRUPT' | 'WHEN_IDLE'): void {
    this.#waiting.push(steps);
    if (when === 'INTERRUPT' && !this.#hearing.speaking) this.#turns.interrupt();
    if (!this.#turns.busy) this.#onIdle();
  }

  #onIdle(): void {
    if (this.#closed || this.#turns.busy || this.#hearing.speaking || this.#waiting.length === 0) return;
    const steps = this.#waiting.flat();
    this.#waiting = [];
    const plan: Plan = { steps, afterMs: this.#port.pace.toolResponseMs };
    this.#turns.start(plan);
  }
}
