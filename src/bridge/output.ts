// Output of a call: executes the conversation's effects as audio, captions, turn events and agent state.
import type { Played } from '../audio/recent-audio.js';
import { type AudioOut, attachAudioOut } from '../lanes/audio-out.js';
import type { RoomMessages } from '../lanes/room-messages.js';
import { isPerson } from '../room/people.js';
import type { RemoteTrack } from '../room/port.js';
import type { TurnStamp } from '../session/turn.js';
import type { Asker } from '../turns/asker.js';
import {
  advance,
  type ConversationEffect,
  type ConversationInput,
  emptyConversation,
} from '../turns/conversation.js';
import type { InputTimeline } from '../turns/input-timeline.js';
import type { Ledger } from '../turns/ledger.js';
import type { Presence } from '../turns/presence.js';
import { sourceReport } from '../turns/report.js';
import { TurnLatency } from '../turns/turn-latency.js';
import type { BridgeReport } from './bridge-report.js';
import { Captions } from './captions.js';
import type { BridgeOptions } from './options.js';

export interface BridgeOutputOptions
  extends Pick<BridgeOptions, 'room' | 'voice' | 'profile' | 'resample' | 'restored' | 'log'> {
  readonly capabilities: Pick<BridgeOptions['capabilities'], 'sendsVoiceActivity'>;
  readonly messages: RoomMessages;
  readonly presence: Presence;
  readonly ledger: Ledger;
  readonly report: Pick<BridgeReport, 'add'>;
  readonly input: () => {
    /** Whether speech of a person ends an answer that is still being heard. */
    readonly isInterruptible: boolean;
    /** Whether a microphone of this participant would be heard. */
    mayBeHeard(identity: string): boolean;
  };
  /** The participant whom the answer is for. */
  readonly asker: Pick<Asker, 'identity' | 'identities'>;
  /** Finds the speaker of a transcript. */
  readonly timeline: InputTimeline<RemoteTrack>;
  /** The session's present turn. */
  readonly turn: () => TurnStamp;
  /** Whether an answer is audible, or text of one is being shown. */
  readonly onSpeaking: (speaking: boolean) => void;
  /** A turn was interrupted. */
  readonly onCutOff: () => void;
}

export class BridgeOutput {
  readonly captions: Captions;
  readonly latency: TurnLatency;
  readonly #options: BridgeOutputOptions;
  readonly #audio: AudioOut;
  #conversation = emptyConversation;

  constructor(options: BridgeOutputOptions) {
    const { voice, profile, capabilities, messages, ledger, report, timeline, resample, log } = options;
    const reportsSpeech = capabilities.sendsVoiceActivity;
    this.#options = options;
    const { lastTurn } = emptyConversation;
    this.#conversation = { ...emptyConversation, lastTurn: { ...lastTurn, id: options.restored?.turn ?? 0 } };
    this.latency = new TurnLatency((latency) => messages.event({ type: 'latency', ...latency }));
    this.#audio = attachAudioOut({
      voice,
      resample,
      onProgress: () => this.#progress(),
      // Turns end when they were heard, which does not happen with a stalled source.
      onStall: () => this.interrupt(),
      log,
    });
    const heard = (): number => this.#audio.heard;
    this.captions = new Captions({
      messages,
      profile,
      voice,
      ledger,
      report,
      heard,
      timeline,
      people: () => this.#people(),
      reportsSpeech,
    });
  }

  #people(): { readonly sid: string; readonly identity: string }[] {
    const { room, input } = this.#options;
    const sidOf = (identity: string): string =>
      room.tracks().find((track) => track.identity === identity && track.kind === 'audio')?.sid ?? '';
    return room
      .participants()
      .filter((participant) => isPerson(participant) && input().mayBeHeard(participant.identity))
      .map(({ identity }) => ({ sid: sidOf(identity), identity }));
  }

  /** How often the voice had nothing to play inside an answer. */
  get underruns(): number {
    return this.#audio.underruns;
  }

  /** The present or last turn. */
  get turn(): number {
    return this.#conversation.turns.at(-1)?.id ?? this.#conversation.lastTurn.id;
  }

  /** `turn`: the turn that the session has assigned to the model's event. */
  advance(input: ConversationInput, turn = this.#options.turn()): void {
    const { written, heard } = this.#audio;
    const moment = { atMs: performance.now(), written, heard, turn };
    const step = advance(this.#conversation, input, moment, {
      bargeIn: this.#options.input().isInterruptible,
    });
    this.#conversation = step.conversation;
    for (const effect of step.effects) this.#perform(effect);
    if (input.type !== 'progress' || step.effects.length > 0) {
      const speaking = this.#conversation.turns.length > 0;
      this.#options.presence.speaking(speaking);
      this.#options.onSpeaking(speaking);
    }
  }

  /** Stops the answer at once; for the command `interrupt`. */
  interrupt(): void {
    this.latency.interrupted();
    this.advance({ type: 'interrupt' });
  }

  /** Falls silent at once and keeps what was not heard; false where nothing is being played. */
  hold(): boolean {
    return this.#audio.hold();
  }

  resume(): void {
    this.#audio.resume();
  }

  get played(): Played {
    return this.#audio.played;
  }

  close(): void {
    // Audio that was not heard by now is dropped: its words must not appear in captions.
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

  #askedBy(phase: string): { readonly participant?: string | null; readonly participants?: string[] } {
    if (phase !== 'started') return {};
    const { identity = null, identities } = this.#options.asker;
    return { participant: identity, ...(identities.length > 1 ? { participants: [...identities] } : {}) };
  }

  #progress(): void {
    this.captions.agent.progress();
    this.advance({ type: 'progress' });
  }
}
