// The model's side of a call: its conversation carried out as sound, captions, turns and what the room sees of them.
import { type AudioOut, attachAudioOut } from '../lanes/audio-out.js';
import type { RoomMessages } from '../lanes/room-messages.js';
import type { RemoteTrack } from '../room/port.js';
import type { TurnStamp } from '../session/turn.js';
import type { Asker } from '../turns/asker.js';
import {
  advance,
  type ConversationEffect,
  type ConversationInput,
  type ConversationRules,
  emptyConversation,
} from '../turns/conversation.js';
import type { InputTimeline } from '../turns/input-timeline.js';
import type { Ledger } from '../turns/ledger.js';
import type { Presence } from '../turns/presence.js';
import { sourceReport } from '../turns/report.js';
import { TurnLatency } from '../turns/turn-latency.js';
import { Captions } from './captions.js';
import type { BridgeOptions } from './options.js';

export interface BridgeOutputOptions
  extends Pick<BridgeOptions, 'voice' | 'profile' | 'resample' | 'restored' | 'log'> {
  readonly messages: RoomMessages;
  readonly presence: Presence;
  readonly ledger: Ledger;
  readonly rules: ConversationRules;
  /** Whose words the answer answers. */
  readonly asker: Pick<Asker, 'identity'>;
  /** Whose words are transcribed. */
  readonly timeline: InputTimeline<RemoteTrack>;
  /** Whose move it is now, as the session sees it. */
  readonly turn: () => TurnStamp;
  /** Whether something of the model is being heard or read. */
  readonly onSpeaking: (speaking: boolean) => void;
  /** Somebody or something cut a turn off. */
  readonly onCutOff: () => void;
}

export class BridgeOutput {
  readonly captions: Captions;
  readonly latency: TurnLatency;
  readonly #options: BridgeOutputOptions;
  readonly #audio: AudioOut;
  #conversation = emptyConversation;

  constructor(options: BridgeOutputOptions) {
    const { voice, profile, messages, ledger, timeline, resample, log } = options;
    this.#options = options;
    const { lastTurn } = emptyConversation;
    this.#conversation = { ...emptyConversation, lastTurn: { ...lastTurn, id: options.restored?.turn ?? 0 } };
    this.latency = new TurnLatency((latency) => messages.event({ type: 'latency', ...latency }));
    this.#audio = attachAudioOut({
      voice,
      resample,
      onProgress: () => this.#progress(),
      // Its turns would never end, since they end when they were heard.
      onStall: () => this.interrupt(),
      log,
    });
    const heard = (): number => this.#audio.heard;
    this.captions = new Captions({ messages, profile, voice, ledger, heard, timeline });
  }

  /** The turn that is going on, or the last one. */
  get turn(): number {
    return this.#conversation.turns.at(-1)?.id ?? this.#conversation.lastTurn.id;
  }

  /** `turn`: the answer that a model's event belongs to. */
  advance(input: ConversationInput, turn = this.#options.turn()): void {
    const { written, heard } = this.#audio;
    const moment = { atMs: performance.now(), written, heard, turn };
    const step = advance(this.#conversation, input, moment, this.#options.rules);
    this.#conversation = step.conversation;
    for (const effect of step.effects) this.#perform(effect);
    if (input.type !== 'progress' || step.effects.length > 0) {
      const speaking = this.#conversation.turns.length > 0;
      this.#options.presence.speaking(speaking);
      this.#options.onSpeaking(speaking);
    }
  }

  /** Silence at once, by the room's own wish. */
  interrupt(): void {
    this.latency.interrupted();
    this.advance({ type: 'interrupt' });
  }

  close(): void {
    // What was not heard by now never will be: the captions must not say it.
    this.advance({ type: 'interrupt' });
    this.captions.close();
    this.#audio.close();
  }

  #perform(effect: ConversationEffect): void {
    const { messages } = this.#options;
    switch (effect.type) {
      case 'play':
        this.#audio.play(effect.chunk);
        this.latency.played(effect.turn);
        return;
      case 'flush':
        this.#audio.flush();
        return;
      case 'clear':
        this.#audio.clear();
        this.latency.cleared();
        return;
      case 'text':
        this.captions.agent.add(effect.turn, effect.text, this.#audio.written);
        return;
      case 'report':
        messages.event(sourceReport(effect.event, effect.turn));
        return;
      case 'turn':
        if (effect.phase === 'started') this.captions.user.advance({ type: 'answered' });
        messages.event({
          type: 'turn',
          turn: effect.turn,
          phase: effect.phase,
          ...this.#askedBy(effect.phase),
        });
        return;
      case 'turn-ended': {
        const { turn, phase, playedMs } = effect;
        this.captions.agent.end(effect);
        messages.event({ type: 'turn', turn, phase, playedMs });
        if (phase === 'interrupted') this.#options.onCutOff();
        return;
      }
    }
  }

  #askedBy(phase: string): { readonly participant?: string | null } {
    return phase === 'started' ? { participant: this.#options.asker.identity ?? null } : {};
  }

  #progress(): void {
    this.captions.agent.progress();
    this.advance({ type: 'progress' });
  }
}
