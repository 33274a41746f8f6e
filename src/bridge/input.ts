// Input of a call: open microphones or push-to-talk turns, and one camera or screen, to the session.

import { energyActivity } from '../audio/energy-activity.js';
import { isVoiced, type PcmChunk } from '../audio/pcm.js';
import type { VoiceActivity } from '../audio/voice-activity.js';
import { AudioIn } from '../lanes/audio-in.js';
import { BargeIn } from '../lanes/barge-in.js';
import { GreetingGuard } from '../lanes/greeting-guard.js';
import { ManualTurns } from '../lanes/manual-turns.js';
import { VideoIn } from '../lanes/video-in.js';
import { isManual } from '../profile/detection.js';
import type { Profile } from '../profile/profile.js';
import type { RoomEventBody } from '../protocol/events.js';
import { openEchoCanceller } from '../room/native/echo-canceller.js';
import { isPerson } from '../room/people.js';
import type { Overlap, RemoteTrack } from '../room/port.js';
import type { ModelEvent, ModelSession } from '../session/port.js';
import { Floor } from '../turns/floor.js';
import type { InputTimeline } from '../turns/input-timeline.js';
import { SpeakerNotes } from '../turns/speaker-notes.js';
import { SpeechFinder } from '../turns/speech-finder.js';
import { encodeJpeg } from '../video/jpeg.js';
import type { BridgeOptions } from './options.js';
import type { BridgeOutput } from './output.js';
import { SpeakingPeople } from './speaking.js';

export interface BridgeInputOptions
  extends Pick<
    BridgeOptions,
    'room' | 'profile' | 'capabilities' | 'openVoiceActivity' | 'restored' | 'log'
  > {
  readonly session: ModelSession;
  /** The voice that local barge-in holds. */
  readonly output: Pick<BridgeOutput, 'hold' | 'resume' | 'interrupt' | 'played'>;
  /** Finds the microphone of a transcript. */
  readonly timeline: InputTimeline<RemoteTrack>;
  readonly emit: (event: RoomEventBody) => void;
  /** Voice of this participant was sent. */
  readonly onSpoke: (identity: string) => void;
  /** Turns of push-to-talk. */
  readonly onStarted: (identity: string) => void;
  readonly onEnded: (identity: string) => void;
  readonly onCancelled: (identity: string) => void;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export class BridgeInput {
  readonly #options: BridgeInputOptions;
  #manual: ManualTurns | undefined;
  #open: AudioIn | undefined;
  readonly #bargeIn: BargeIn | undefined;
  readonly #video: VideoIn | undefined;
  readonly #interruptible: boolean;
  readonly #guard: GreetingGuard;
  #listen: Profile['listen'];
  readonly #floor: Floor;
  readonly #notes: SpeakerNotes;
  /** Which of several microphones has speech. */
  readonly #finder: SpeechFinder<RemoteTrack>;
  #voiceActivity: VoiceActivity | undefined;
  #unfollow: () => void = () => {};
  readonly speaking: SpeakingPeople;

  constructor(options: BridgeInputOptions) {
    this.#options = options;
    this.#listen = options.profile.listen;
    this.speaking = new SpeakingPeople(options.timeline);
    const { room, session, profile, capabilities, emit, log } = options;
    this.#floor = new Floor({ onChange: (state) => emit({ type: 'floor', ...state }) });
    this.#guard = new GreetingGuard({
      isNeeded: profile.listen.protectGreeting && !!profile.greeting && !options.restored?.greeted,
      isManual: () => this.#manual !== undefined,
      input: {
        sendAudio: (chunk, track, others) => this.#send(chunk, track, others),
        endAudio: () => session.endAudio(),
        startActivity: () => session.startActivity(),
        endActivity: () => session.endActivity(),
      },
      onUnheard: (ms) => this.#notHeard(`${seconds(ms)} of what was said over the greeting was not heard`),
    });
    this.#notes = new SpeakerNotes({
      isOn: () => this.#listen.announceSpeakers && capabilities.clientContent === 'any',
      people: () => room.participants().filter(isPerson),
      isAnswering: () => session.turn.phase === 'answering',
      send: (text) => session.sendContext([{ role: 'user', parts: [{ text }] }], false),
    });
    this.#finder = new SpeechFinder(options.timeline.log, () => this.#openVoiceActivity());
    this.#interruptible = profile.live.realtimeInputConfig?.activityHandling !== 'NO_INTERRUPTION';
    if (this.#interruptible) this.#bargeIn = this.#localBargeIn();
    if (!capabilities.video) return;
    this.#video = new VideoIn({
      room,
      see: profile.see,
      listen: profile.listen,
      encode: encodeJpeg,
      send: (image) => session.sendImage(image),
      emit,
      speaker: () => this.microphone?.identity,
      log,
    });
  }

  start(): void {
    this.#options.room.select((track) => this.#hears(track));
    this.#attach(isManual(this.#options.profile));
    this.#video?.start();
    this.#unfollow = this.#options.room.onEvent((event) => {
      if (event.type === 'participant-left') this.#onLeft(event.participant.identity);
    });
  }

  /** The microphone that is or was last sent to the model; the loudest of several. */
  get microphone(): RemoteTrack | undefined {
    return this.#options.timeline.speaker;
  }

  /** Undefined with automatic activity detection. */
  get manual(): ManualTurns | undefined {
    return this.#manual;
  }

  /** Where people speak one at a time; undefined where everyone may speak at once. */
  get floor(): Floor | undefined {
    return this.#manual || this.#listen.policy === 'floor' ? this.#floor : undefined;
  }

  /** Whether this participant's microphone is sent to the model. */
  isHeard(identity: string): boolean {
    return this.#open?.listensTo(identity) ?? this.microphone?.identity === identity;
  }

  /** Whether a microphone of this participant would be heard. */
  mayBeHeard(identity: string): boolean {
    return this.#hears({ source: 'microphone', identity });
  }

  follow(event: ModelEvent): void {
    if (event.type === 'connection' && event.restored !== undefined && event.restored !== 'resumed')
      this.#notes.forget();
    this.#notes.follow();
  }

  /** Whether what is said now ends an answer that is being heard. */
  get isInterruptible(): boolean {
    return this.#interruptible && !this.#guard.isActive;
  }

  /** The greeting was sent to the model. */
  greeted(): void {
    this.#guard.sent();
  }

  /** Whether the voice is audible. */
  voice(audible: boolean): void {
    this.#guard.voice(audible);
    if (!audible) this.#bargeIn?.silent();
  }

  #localBargeIn(): BargeIn {
    const { output, log } = this.#options;
    return new BargeIn({
      openDetection: () => this.#openVoiceActivity(),
      openCanceller: () => openEchoCanceller(output.played, log),
      hold: () => this.isInterruptible && output.hold(),
      resume: () => output.resume(),
      interrupt: () => output.interrupt(),
    });
  }

  /** Takes effect at once. */
  configure(profile: Profile): void {
    // A change between push-to-talk and automatic detection applies with the next connection; `listen` is kept until then.
    if (isManual(profile) === (this.#manual !== undefined)) this.#listen = profile.listen;
    this.#options.room.select((track) => this.#hears(track));
    if (!this.floor) this.#floor.clear();
    if (this.#listen.bargeIn !== 'local') this.#bargeIn?.close();
    this.#open?.choose();
    this.#manual?.choose();
    this.#video?.configure(profile);
  }

  /** Switches between open microphones and push-to-talk; call it with a session that is set up for it. */
  detect(profile: Profile): void {
    const manual = isManual(profile);
    if (manual === (this.#manual !== undefined)) return;
    this.#listen = profile.listen;
    this.#options.room.select((track) => this.#hears(track));
    this.#detach();
    this.#attach(manual);
  }

  close(): void {
    this.#unfollow();
    this.#video?.close();
    this.#detach();
    this.#guard.close();
    this.#bargeIn?.close();
    this.#finder.close();
    this.#floor.close();
    this.#voiceActivity?.close();
  }

  /** What they said before is still heard, where it waits. */
  #onLeft(identity: string): void {
    if (!this.#open?.hasSpeechOf(identity)) this.#floor.leave(identity);
  }

  #onUnheard(identity: string, ms: number): void {
    this.#notHeard(
      `${seconds(ms)} of what ${identity} said was not heard: somebody else had the floor for too long`,
    );
  }

  #notHeard(message: string): void {
    this.#options.emit({ type: 'error', code: 'not_heard', message, fatal: false });
  }

  #openVoiceActivity(): VoiceActivity {
    this.#voiceActivity ??= this.#options.openVoiceActivity?.() ?? energyActivity;
    return this.#voiceActivity;
  }

  #detach(): void {
    this.#manual?.close();
    this.#open?.close();
    this.#finder.close();
    this.#manual = undefined;
    this.#open = undefined;
    this.#floor.clear();
  }

  #attach(manual: boolean): void {
    const { room, onStarted, onEnded, onCancelled } = this.#options;
    const onMicrophone = (track: RemoteTrack | undefined): void => {
      if (!track) return;
      this.#options.timeline.listenTo(track);
      this.#notes.speaks(track.identity);
    };
    const hears = (track: Pick<RemoteTrack, 'source' | 'identity'>): boolean => this.#hears(track);
    if (manual) {
      const input = {
        sendAudio: (chunk: PcmChunk) => this.#guard.sendAudio(chunk, this.microphone),
        startActivity: () => this.#guard.startActivity(),
        endActivity: () => this.#guard.endActivity(),
      };
      this.#manual = new ManualTurns({
        room,
        session: input,
        hears,
        onStarted,
        onEnded,
        onReleased: (identity) => this.#floor.release(identity),
        onCancelled: (identity) => {
          this.#guard.discard();
          // A cancelled utterance gets no caption.
          if (this.microphone) this.#options.timeline.end(this.microphone);
          onCancelled(identity);
        },
        onMicrophone,
      });
      this.#manual.start();
    } else {
      this.#open = new AudioIn({
        room,
        hears,
        floor: () => this.floor,
        voiceActivity: () => this.#openVoiceActivity(),
        onUnheard: (identity, ms) => this.#onUnheard(identity, ms),
        send: (chunk, track, others) => this.#guard.sendAudio(chunk, track, others),
        end: () => this.#guard.endAudio(),
        onMicrophone,
        onFrame: (track, chunk) => {
          this.#finder.frame(track, chunk);
          if (this.#listen.bargeIn === 'local') this.#bargeIn?.frame(track, chunk);
        },
        onOpen: (sids) => {
          this.#finder.keep(sids);
          this.#bargeIn?.keep(sids);
        },
      });
      this.#open.start();
    }
  }

  #send(chunk: PcmChunk, track: RemoteTrack | undefined, others?: Overlap): void {
    const { session, timeline, onSpoke } = this.#options;
    if (track) timeline.heard(track, chunk, performance.now(), others);
    else timeline.silent(chunk);
    if (track && isVoiced(chunk)) onSpoke(track.identity);
    session.sendAudio(chunk);
  }

  #hears({ source, identity }: Pick<RemoteTrack, 'source' | 'identity'>): boolean {
    const { policy, participant, screenAudio } = this.#listen;
    const isScreen = source === 'screen-audio' && screenAudio;
    if (source !== 'microphone' && !isScreen) return false;
    return policy !== 'one' || identity === participant;
  }
}
