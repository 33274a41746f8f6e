// The dialogue of an open session: converts inputs into memory and turns.

import type { Cancel } from '../clock/clock.js';
import { builtInOf, checkTools, contentText, type SessionConfig } from '../models/check-setup.js';
import type {
  ClientContent,
  ClientMessage,
  ContextUpdate,
  Media,
  RealtimeInput,
} from '../wire/client-message.js';
import { messages, withoutMedia } from '../wire/messages.js';
import { refusals } from '../wire/refusal.js';
import { FRAME_TOKENS, textTokens } from './context-window.js';
import type { Conversation } from './conversation.js';
import { Hearing, type Utterance } from './hearing.js';
import { Meter } from './meter.js';
import type { Plan, Prompt } from './plan.js';
import type { SessionPort } from './port.js';
import { reply, withDropped } from './replies.js';
import { TurnScheduler } from './turn-scheduler.js';
import { Updates } from './updates.js';

const SAMPLES_PER_MS = 16;
/** Offsets that the service gives are multiples of this. */
const OFFSET_STEP_MS = 80;
/** Every so many utterances an empty frame goes out, on models that send such frames. */
const STRAY_EVERY = 3;
/** After speech of this length without recognised words the answer says that it was not understood: "ten of clubs", said by two at once, takes 1.1 s. */
const NOT_UNDERSTOOD_MS = 800;

export class Dialogue {
  readonly scheduler: TurnScheduler;
  readonly #port: SessionPort;
  readonly #conversation: Conversation;
  readonly #hearing: Hearing;
  readonly #updates: Updates;
  readonly #meter: Meter;
  readonly #onVideo: () => void;
  readonly #timers: Cancel[];
  #config: SessionConfig;
  #seeding: boolean;
  #utterances = 0;
  #coveredSamples: number;
  #closed = false;
  #reportedMediaChunks = false;
  /** Number of inputs that will have no effect. */
  readonly #swallow = { text: 0, 'tool-response': 0 };
  readonly #unanswered = { empty: 0, none: 0 };

  constructor(config: SessionConfig, conversation: Conversation, port: SessionPort, onVideo: () => void) {
    this.#port = port;
    this.#config = config;
    this.#conversation = conversation;
    this.#onVideo = onVideo;
    this.#seeding = config.seedsHistory;
    this.#coveredSamples = conversation.samples;
    this.#hearing = new Hearing(port.speech, config, port.pace.interimMs, port.clock, {
      onStart: () => this.#guard(() => this.#onStart()),
      onPartial: (text, stretch) => {
        const timed = this.#config.interimTimestamps ? stretch : undefined;
        if (conversation.transcribes) port.send(messages.interimInputTranscription(text, timed));
      },
      onEnd: (utterance) => this.#guard(() => this.#onEnd(utterance)),
    });
    this.scheduler = new TurnScheduler(config, conversation, port, () => this.#hearing.speaking);
    this.#updates = new Updates(config, conversation, port, () => this.scheduler.generating);
    this.#meter = new Meter(config, conversation, port);
    const { script } = conversation;
    const opening = script?.plan({ kind: 'setup' });
    if (opening) this.scheduler.answer(opening);
    this.#timers = (script?.timed ?? []).map(({ atMs, plan }) =>
      port.clock.after(atMs, () => this.scheduler.answer(plan)),
    );
  }

  receive(message: Exclude<ClientMessage, { type: 'setup' }>): void {
    this.#take(message);
    const { script } = this.#conversation;
    const plan =
      script?.watches && script.plan({ kind: 'message', text: withoutMedia(withoutType(message)) });
    if (plan) this.scheduler.answer(plan);
  }

  #take(message: Exclude<ClientMessage, { type: 'setup' }>): void {
    switch (message.type) {
      case 'realtimeInput':
        this.#realtime(message.realtimeInput);
        return;
      case 'clientContent':
        this.#content(message.clientContent);
        return;
      case 'toolResponse':
        if (this.#swallows('tool-response')) return;
        this.scheduler.respond(message.functionResponses);
        return;
      case 'contextUpdate':
        this.#update(message.contextUpdate);
        return;
      case 'nothing':
    }
  }

  /** The next inputs of this kind have no effect. */
  swallow(input: 'speech' | 'text' | 'tool-response', count: number): void {
    if (input === 'speech') this.#hearing.swallow(count);
    else this.#swallow[input] += count;
  }

  /** The next inputs are answered by a turn without content, or by no turn. */
  answerNothing(turn: 'empty' | 'none', count: number): void {
    this.#unanswered[turn] += count;
  }

  #swallows(input: 'text' | 'tool-response'): boolean {
    if (this.#swallow[input] === 0) return false;
    this.#swallow[input]--;
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
    this.scheduler.close();
    this.#hearing.close();
    this.#updates.close();
    this.#meter.close();
  }

  /** Recogniser events arrive outside of any message: an exception there must not end the process. */
  #guard(run: () => void): void {
    if (this.#closed) return;
    try {
      run();
    } catch (error) {
      this.#port.onError(error);
      this.#port.close(refusals.internal());
    }
  }

  #realtime(input: RealtimeInput): void {
    const { model, manualActivity } = this.#config;
    if (input.mediaChunks && model.mediaChunks === 'refused') throw refusals.mediaChunks();
    if (input.mediaChunks && model.mediaChunks === 'ignored') this.#ignoreMediaChunks();
    if ((input.activityStart || input.activityEnd) && !manualActivity) throw refusals.explicitActivity();
    if (input.audioStreamEnd && manualActivity) throw refusals.invalidArgument();
    if ((input.text || input.video) && model.clientContent === 'none') throw refusals.invalidArgument();
    if (input.activityStart) {
      if (!this.#hearing.swallowsNext) this.scheduler.interrupt();
      this.#hearing.begin();
    }
    for (const chunk of model.mediaChunks === 'taken' ? (input.mediaChunks ?? []) : []) {
      if (chunk.mimeType?.startsWith('image/')) this.#frame(chunk);
      else this.#conversation.samples += this.#hearing.push(chunk);
    }
    if (input.audio) this.#conversation.samples += this.#hearing.push(input.audio);
    if (input.video) this.#frame(input.video);
    if (input.audioStreamEnd && model.audioStreamEnd) this.#hearing.streamEnd();
    if (input.activityEnd) this.#hearing.end();
    if (input.text) this.#text(input.text);
  }

  #ignoreMediaChunks(): void {
    if (this.#reportedMediaChunks) return;
    this.#reportedMediaChunks = true;
    const { name } = this.#config.model;
    this.#port.log(
      `${name} ignores realtimeInput.mediaChunks, which older SDKs send: use audio, video or text instead`,
    );
  }

  #frame({ mimeType, data }: Media): void {
    if (!mimeType?.startsWith('image/')) throw refusals.invalidArgument();
    this.#conversation.picture = data;
    if (!this.#conversation.sawVideo) {
      this.#conversation.sawVideo = true;
      this.#onVideo();
    }
    const always = this.#config.coverage !== 'TURN_INCLUDES_ONLY_ACTIVITY';
    if (always || this.#hearing.speaking) this.#conversation.record('user', '', { VIDEO: FRAME_TOKENS });
  }

  #text(text: string): void {
    if (this.#swallows('text')) return;
    this.#conversation.record('user', text, { TEXT: textTokens(text) });
    this.scheduler.fit();
    const plan = () => this.#plan({ kind: 'text', text });
    if (this.#waitsForCall()) this.scheduler.answerAfterCall(plan);
    else {
      this.scheduler.interrupt();
      this.scheduler.answer(plan());
    }
  }

  #content({ turns = [], turnComplete = false }: ClientContent): void {
    const { clientContent } = this.#config.model;
    if (clientContent !== 'always' && !(clientContent === 'seed' && this.#seeding))
      throw refusals.invalidArgument();
    const asks = turnComplete && !this.#seeding;
    if (turnComplete) this.#seeding = false;
    if (asks && this.#swallows('text')) return;
    const last = asks && turns.at(-1)?.role !== 'model' ? turns.at(-1) : undefined;
    for (const turn of turns) {
      const text = contentText(turn);
      for (const { inlineData } of turn.parts ?? [])
        if (inlineData?.mimeType?.startsWith('image/')) this.#conversation.picture = inlineData.data;
      if (turn === last) this.#conversation.record('user', text, { TEXT: textTokens(text) });
      else this.#conversation.remember(turn.role === 'model' ? 'model' : 'user', text);
    }
    this.scheduler.fit();
    if (!asks || this.#closed) return;
    const text = last ? contentText(last) : (this.#conversation.lastWords('user') ?? '');
    const answer = () => this.scheduler.answer(this.#plan({ kind: 'text', text }));
    if (this.#waitsForCall()) this.scheduler.answerAfterCall(() => this.#plan({ kind: 'text', text }));
    else if (!this.scheduler.busy) answer();
    else {
      this.#port.clock.after(this.#port.pace.contentInterruptMs, () =>
        this.#guard(() => {
          this.scheduler.cut();
          answer();
        }),
      );
    }
  }

  #waitsForCall(): boolean {
    return this.scheduler.waitsForCall && this.#config.model.tools.textDuringCall === 'waits';
  }

  #update({ systemInstruction, tools }: ContextUpdate): void {
    if (!this.#config.model.contextUpdate) throw refusals.invalidArgument();
    this.#config = {
      ...this.#config,
      ...(systemInstruction && { instructions: contentText(systemInstruction) }),
      ...(tools && {
        declarations: checkTools(tools.tools ?? [], this.#config.model),
        builtIn: builtInOf(tools.tools ?? []),
      }),
    };
    this.scheduler.configure(this.#config);
    this.#conversation.configure(this.#config);
  }

  #onStart(): void {
    if (this.#config.manualActivity) return;
    this.#activity('ACTIVITY_START');
    this.scheduler.interrupt();
  }

  #onEnd({ text, durationMs }: Utterance): void {
    const { model, inputTranscripts, manualActivity } = this.#config;
    this.#conversation.recordSpeech('user', text, this.#coveredMs(durationMs));
    if (text !== '' && inputTranscripts && this.#conversation.transcribes)
      this.#port.send(messages.inputTranscription(text));
    if (!manualActivity) this.#activity('ACTIVITY_END');
    if (model.strayFrames && ++this.#utterances % STRAY_EVERY === 0) {
      const even = this.#utterances % (2 * STRAY_EVERY) === 0;
      this.#port.send(even ? messages.emptyContent() : messages.empty());
    }
    // Short sounds without words are noise; longer speech, as of several people at once, gets an answer.
    const noise =
      text === '' && this.#port.speech.recognises && !manualActivity && durationMs < NOT_UNDERSTOOD_MS;
    if (noise) this.scheduler.idle();
    else this.scheduler.answer(this.#plan({ kind: 'speech', text }));
  }

  /** How much audio a turn holds: what was said, or all since the turn before. */
  #coveredMs(spokenMs: number): number {
    const { samples } = this.#conversation;
    const allMs = (samples - this.#coveredSamples) / SAMPLES_PER_MS;
    this.#coveredSamples = samples;
    return this.#config.coverage === 'TURN_INCLUDES_ALL_INPUT' ? allMs : spokenMs;
  }

  #plan(prompt: Extract<Prompt, { text: string }>): Plan {
    for (const turn of ['none', 'empty'] as const) {
      if (this.#unanswered[turn] === 0) continue;
      this.#unanswered[turn]--;
      return { steps: [], silent: turn === 'none' };
    }
    const dropped = this.scheduler.takeDropped();
    const scripted = this.#conversation.script?.plan(prompt);
    return (
      scripted ?? withDropped(reply(prompt.text, this.#config, this.#conversation), prompt.text, dropped)
    );
  }

  #activity(type: 'ACTIVITY_START' | 'ACTIVITY_END'): void {
    if (!this.#config.model.voiceActivity) return;
    const ms = this.#conversation.samples / SAMPLES_PER_MS;
    this.#port.send(messages.activity(type, Math.floor(ms / OFFSET_STEP_MS) * OFFSET_STEP_MS));
  }
}

/** As the client wrote it. */
const withoutType = ({ type, ...message }: ClientMessage) =>
  type === 'toolResponse' ? { toolResponse: message } : message;
