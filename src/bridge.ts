// The composition root of one call: a room and a session in, the lanes between them, one close() out.
import { AgentCaptions } from './attach/agent-captions.js';
import { attachAudioIn } from './attach/audio-in.js';
import { type AudioOut, attachAudioOut } from './attach/audio-out.js';
import { attachDeparture } from './attach/departure.js';
import { attachGreeting } from './attach/greeting.js';
import { Presence } from './attach/presence.js';
import { RoomMessages } from './attach/room-messages.js';
import { SpeechActivity } from './attach/speech-activity.js';
import { TurnLatency } from './attach/turn-latency.js';
import { UsageTotals } from './attach/usage-totals.js';
import { UserCaptions } from './attach/user-captions.js';
import type { BridgeEnd, BridgeOptions } from './bridge-options.js';
import type { ModelEvent, ModelSession } from './model/port.js';
import type { RemoteTrack, RoomEvent } from './room/port.js';
import type { Caption } from './turns/caption.js';
import {
  advance,
  type Conversation,
  type ConversationEffect,
  type ConversationInput,
  emptyConversation,
} from './turns/conversation.js';
import { Ledger } from './turns/ledger.js';

export class Bridge {
  readonly #options: BridgeOptions;
  readonly #messages: RoomMessages;
  readonly #session: ModelSession;
  readonly #audioOut: AudioOut;
  readonly #agentCaptions: AgentCaptions;
  readonly #userCaptions: UserCaptions;
  readonly #latency: TurnLatency;
  readonly #presence: Presence;
  readonly #speech: SpeechActivity;
  readonly #usage = new UsageTotals();
  readonly #ledger = new Ledger();
  readonly #detach: (() => void)[] = [];
  readonly #rules: { readonly bargeIn: boolean };
  #conversation: Conversation = emptyConversation;
  #microphone: RemoteTrack | undefined;
  #ended = false;
  #closed: Promise<void> | undefined;

  constructor(options: BridgeOptions) {
    this.#options = options;
    const { room, voice, profile } = options;
    this.#rules = { bargeIn: profile.live.realtimeInputConfig?.activityHandling !== 'NO_INTERRUPTION' };
    this.#messages = new RoomMessages({ room, profile, log: options.log });
    this.#presence = new Presence((state) => this.#messages.state(state));
    this.#speech = new SpeechActivity({
      tell: (participant, phase) => this.#messages.event({ type: 'speech', participant, phase }),
      onStarted: () => this.#advance({ type: 'person-started' }),
    });
    this.#latency = new TurnLatency((latency) => this.#messages.event({ type: 'latency', ...latency }));
    this.#audioOut = attachAudioOut({
      voice,
      resample: options.resample,
      onProgress: () => this.#progress(),
      log: options.log,
    });
    this.#agentCaptions = new AgentCaptions({
      heard: () => this.#audioOut.heard,
      segmentOf: (turn) => this.#messages.segment('agent', turn),
      publish: (caption) => this.#publishAgentCaption(caption),
      onFinal: (_turn, text, truncated) => this.#ledger.agent(text, truncated),
    });
    this.#userCaptions = new UserCaptions({
      segmentOf: (utterance) => this.#messages.segment('user', utterance),
      publish: (caption) => this.#publishUserCaption(caption),
      onFinal: (text) => this.#ledger.user(text),
    });
    this.#session = options.openSession((event) => this.#onModel(event), this.#ledger);
    this.#detach.push(
      room.onEvent((event) => this.#onRoom(event)),
      attachAudioIn({
        room,
        send: (chunk) => this.#session.sendAudio(chunk),
        end: () => this.#session.endAudio(),
        onMicrophone: (track) => this.#onMicrophone(track),
      }),
      attachDeparture({
        room,
        whenAloneMs: profile.leave.whenAloneMs,
        ...(profile.leave.maxDurationMs === undefined ? {} : { maxDurationMs: profile.leave.maxDurationMs }),
        leave: (reason) => this.#end({ reason }),
        onCompany: (accompanied) => {
          this.#presence.accompanied(accompanied);
          this.#session.setCompany(accompanied);
        },
      }),
    );
  }

  /** Ends the call: the session first, then what the room is still owed. Leaving the room is the caller's. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#presence.close();
    for (const detach of this.#detach) detach();
    // What was not heard by now never will be: the captions must not say it.
    this.#advance({ type: 'interrupt' });
    this.#userCaptions.close();
    this.#agentCaptions.close();
    this.#audioOut.close();
    await this.#session.close();
    await this.#messages.close();
    this.#end({ reason: 'closed' });
  }

  /** One exhaustive switch: what each event of the model means for the rest of the house. */
  #onModel(event: ModelEvent): void {
    switch (event.type) {
      case 'audio':
        this.#latency.audio();
        break;
      case 'input-transcript':
        this.#userCaptions.advance(event);
        return;
      case 'activity':
        this.#onActivity(event.phase);
        break;
      case 'interrupted':
        this.#latency.interrupted();
        break;
      case 'turn-complete':
        this.#presence.idle();
        break;
      case 'tool-calls':
        this.#userCaptions.advance({ type: 'answered' });
        break;
      case 'connection':
        this.#onConnection(event);
        break;
      case 'usage':
        this.#messages.event({
          type: 'usage',
          ...this.#usage.add(event.usage, this.#turn()),
        });
        return;
      case 'thought':
        this.#messages.event({ type: 'thought', text: event.text });
        return;
      case 'code':
        this.#messages.event({ type: 'code', language: event.language, code: event.code });
        return;
      case 'code-result':
        this.#messages.event({ type: 'code_result', outcome: event.outcome, output: event.output });
        return;
      case 'grounding':
        this.#messages.event({ type: 'grounding', turn: this.#turn(), metadata: event.metadata });
        return;
      case 'url-context':
        this.#messages.event({ type: 'url_context', turn: this.#turn(), metadata: event.metadata });
        return;
      case 'error':
        this.#messages.event({ type: 'error', code: event.code, message: event.message, fatal: event.fatal });
        if (event.fatal) this.#end({ reason: 'refused', detail: `${event.code}: ${event.message}` });
        return;
      case 'text':
      case 'output-transcript':
      case 'generation-complete':
        break;
      case 'tool-cancelled':
      case 'interaction':
      case 'go-away':
      case 'resumption':
        return;
    }
    this.#advance(event);
  }

  /** The turn that is going on, or the last one. */
  #turn(): number {
    return this.#conversation.turns.at(-1)?.id ?? this.#conversation.lastTurn.id;
  }

  #onActivity(phase: 'started' | 'ended'): void {
    this.#userCaptions.advance({ type: 'activity', phase });
    if (this.#microphone)
      this.#messages.event({ type: 'speech', participant: this.#microphone.identity, phase });
    if (phase === 'started') return;
    this.#latency.speechEnded();
    this.#presence.working();
  }

  #onConnection(event: Extract<ModelEvent, { type: 'connection' }>): void {
    this.#messages.event({
      type: 'session',
      state: event.state,
      ...(event.restored ? { restored: event.restored } : {}),
      ...(event.reason ? { reason: event.reason } : {}),
    });
    if (event.state !== 'open' || this.#presence.isReady) return;
    this.#presence.ready();
    this.#detach.push(
      attachGreeting({
        voice: this.#options.voice,
        greeting: this.#options.profile.greeting,
        say: (text) => this.#session.sendText(text),
      }),
    );
  }

  #sendText(text: string): void {
    this.#ledger.user(text);
    this.#session.sendText(text);
    this.#latency.speechEnded();
    this.#presence.working();
  }

  #onRoom(event: RoomEvent): void {
    if (event.type === 'chat') {
      if (event.text.trim() !== '') this.#sendText(event.text);
    } else if (event.type === 'closed') {
      this.#end({ reason: 'room-closed', detail: event.reason });
    } else if (event.type === 'active-speakers' && !this.#options.capabilities.sendsVoiceActivity) {
      this.#speech.speakers(event.identities.filter((identity) => identity === this.#microphone?.identity));
    }
  }

  #onMicrophone(track: RemoteTrack | undefined): void {
    // The last speaker stays known: his words may still be on their way.
    if (track) this.#microphone = track;
  }

  #advance(input: ConversationInput): void {
    const { written, heard } = this.#audioOut;
    const step = advance(this.#conversation, input, { atMs: performance.now(), written, heard }, this.#rules);
    this.#conversation = step.conversation;
    for (const effect of step.effects) this.#perform(effect);
    if (input.type !== 'progress' || step.effects.length > 0) {
      this.#presence.speaking(this.#conversation.turns.length > 0);
    }
  }

  #perform(effect: ConversationEffect): void {
    switch (effect.type) {
      case 'play':
        this.#audioOut.play(effect.chunk);
        this.#latency.played(effect.turn);
        return;
      case 'flush':
        this.#audioOut.flush();
        return;
      case 'clear':
        this.#audioOut.clear();
        this.#latency.cleared();
        return;
      case 'text':
        this.#agentCaptions.add(effect.turn, effect.text, this.#audioOut.written);
        return;
      case 'turn':
        if (effect.phase === 'started') this.#userCaptions.advance({ type: 'answered' });
        this.#messages.event({ type: 'turn', turn: effect.turn, phase: effect.phase });
        this.#presence.idle();
        return;
      case 'turn-ended': {
        const { turn, phase, playedMs } = effect;
        this.#agentCaptions.end(effect);
        this.#messages.event({ type: 'turn', turn, phase, playedMs });
        return;
      }
    }
  }

  #progress(): void {
    this.#agentCaptions.progress();
    this.#advance({ type: 'progress' });
  }

  #publishAgentCaption(caption: Caption): void {
    if (!this.#options.profile.captions.agent) return;
    this.#messages.caption(caption, { trackSid: this.#options.voice.trackSid });
  }

  #publishUserCaption(caption: Caption): void {
    if (!this.#options.profile.captions.user || !this.#microphone) return;
    this.#messages.caption(caption, { trackSid: this.#microphone.sid, identity: this.#microphone.identity });
  }

  #end(end: BridgeEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnd(end);
  }
}
