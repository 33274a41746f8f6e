// RoomPort over an rtc-node Room.
import { Room } from '@livekit/rtc-node';
import { TOPIC_PRE_CONNECT_AUDIO } from '../protocol/topics.js';
import { delay, withDeadline, within } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import { Attachments } from './attachments.js';
import { ByteStreams } from './byte-streams.js';
import { forwardEvents } from './livekit-events.js';
import { readMessages } from './livekit-messages.js';
import { type LiveKitRoomOptions, roomOptions } from './livekit-options.js';
import { answerRpc, callRpc } from './livekit-rpc.js';
import {
  readRtcStats,
  sendKey,
  sendPacket,
  sendSession,
  sendText,
  sendTranscription,
  setAttributes,
} from './livekit-sending.js';
import { LiveKitSubscriptions } from './livekit-subscriptions.js';
import { describeParticipant, describeTrack, readFrames } from './livekit-tracks.js';
import { LiveKitWatch, NO_WATCH } from './livekit-video.js';
import { LiveKitVoice, unpublishVoice } from './livekit-voice.js';
import { warnWithoutInfo } from './native/participant-info.js';
import { releaseRoom } from './native/release-room.js';
import { handleRoomEvents } from './native/room-events.js';
import { keyRenewal } from './native/shared-key.js';
import {
  type FrameListener,
  type Participant,
  type RemoteTrack,
  type RoomEvent,
  type RoomPort,
  type RpcCall,
  STALE_CONNECTION,
  type TextOptions,
  type TranscriptionPacket,
  type UnreadableTracks,
  type Voice,
  type Watch,
} from './port.js';
import { PreConnectAudio } from './pre-connect-audio.js';
import type { RtcStats, SessionMessage } from './session-messages.js';
import { type MayStream, StreamAdmission } from './stream-admission.js';
import { Unreadable } from './unreadable.js';

/** rtc-node's own attempts take up to 10 s; one that takes longer does not come back. */
const CONNECT_DEADLINE_MS = 15_000;
const PUBLISH_DEADLINE_MS = 10_000;
/** A lost server does not answer; the process must end in spite of that. */
const DISCONNECT_DEADLINE_MS = 5_000;
/** Leaving is faster than the data channel: without this pause after the last message, that message would be lost. */
const LAST_WORDS_MS = 200;

export class LiveKitRoom implements RoomPort {
  readonly #room: Room;
  readonly #log: Logger;
  readonly #listeners = new Set<(event: RoomEvent) => void>();
  readonly #subscriptions: LiveKitSubscriptions;
  readonly #admission: StreamAdmission;
  readonly #unreadable: Unreadable;
  #publishing: Promise<LiveKitVoice> | undefined;
  readonly #preConnect: PreConnectAudio;
  readonly #attachments = new Attachments();
  #closed: Promise<void> | undefined;
  #over = false;
  #spokeAtMs = Number.NEGATIVE_INFINITY;

  private constructor(room: Room, log: Logger, key: string | undefined) {
    this.#room = room;
    this.#log = log;
    this.#admission = new StreamAdmission(log, (identity, topic) =>
      this.#emit({ type: 'stream-refused', identity, topic }),
    );
    const emit = this.#emit;
    this.#unreadable = new Unreadable({ emit, renewKey: keyRenewal(room, key, log) });
    this.#subscriptions = new LiveKitSubscriptions({ room, emit, unreadable: this.#unreadable, log });
    this.#preConnect = new PreConnectAudio({
      onRefused: (identity, reason) =>
        this.#emit({ type: 'refused', identity, code: 'pre_connect_audio', reason }),
      admission: this.#admission,
      log,
    });
  }

  /** Joins. @throws rtc-node's ConnectError, an error that names the deadline, or the signal's reason */
  static async connect(options: LiveKitRoomOptions): Promise<LiveKitRoom> {
    const { url, token, log, e2eeKey, signal, deadlineMs = CONNECT_DEADLINE_MS } = options;
    signal?.throwIfAborted();
    const room = new Room();
    const port = new LiveKitRoom(room, log, e2eeKey);
    handleRoomEvents(room, {
      admits: (identity, topic) => port.#admission.admits(identity, topic),
      onText: (text) => port.#attachments.keep(text),
      onDecryption: (identity, state) => port.#unreadable.decryption(identity, state),
      log,
    });
    // Streams on topics without a handler are dropped, so these come before the connection.
    port.#attach();
    const connecting = room.connect(url, token, roomOptions(e2eeKey));
    try {
      await withDeadline(connecting, 'joining the room', deadlineMs, signal);
    } catch (error) {
      // A join that succeeds after it was given up would stay in the room as a silent agent.
      connecting.then(
        () => port.close(),
        () => releaseRoom(room, log),
      );
      throw error;
    }
    warnWithoutInfo(room, log);
    port.#subscriptions.review();
    return port;
  }

  get name(): string {
    return this.#room.name ?? '';
  }

  get identity(): string {
    return this.#room.localParticipant?.identity ?? '';
  }

  participants(): readonly Participant[] {
    return [...this.#room.remoteParticipants.values()].map(describeParticipant);
  }

  tracks(): readonly RemoteTrack[] {
    return this.#subscriptions.tracks();
  }

  select(mayHear: (track: RemoteTrack) => boolean): void {
    this.#subscriptions.select(mayHear);
  }

  admitStreams(may: MayStream): void {
    this.#admission.allow(may);
  }

  unreadable(): UnreadableTracks {
    return this.#unreadable.tracks;
  }

  onEvent(listener: (event: RoomEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  listen(trackSid: string, onFrame: FrameListener): () => void {
    const microphone = this.#subscriptions.microphone(trackSid);
    if (!microphone) return () => {};
    const { track, identity, hasRecording } = microphone;
    const frames = this.#preConnect.before(
      identity,
      trackSid,
      hasRecording,
      this.#unreadable.filter(identity, onFrame),
    );
    const stop = readFrames(track, frames.push, (error) =>
      this.#log.warn({ err: error, trackSid }, 'an audio stream failed'),
    );
    return () => {
      stop();
      frames.stop();
    };
  }

  videos(): readonly RemoteTrack[] {
    return this.#subscriptions
      .videos()
      .map(({ publication, participant }) => describeTrack(publication, participant));
  }

  watch(trackSid: string): Watch {
    const video = this.#subscriptions.videos().find(({ publication }) => publication.sid === trackSid);
    return video ? new LiveKitWatch(video.publication, this.#log) : NO_WATCH;
  }

  async publishVoice(signal?: AbortSignal): Promise<Voice> {
    const participant = this.#local();
    this.#publishing ??= LiveKitVoice.publish(participant);
    return withDeadline(this.#publishing, 'publishing the voice', PUBLISH_DEADLINE_MS, signal);
  }

  /** Call it before the room is deleted. Never rejects. */
  async unpublishVoice(): Promise<void> {
    if (this.#publishing && !this.#over) await unpublishVoice(this.#publishing, this.#local(), this.#log);
  }

  async sendText(text: string, options: TextOptions): Promise<void> {
    await sendText(this.#local(), text, options);
    this.#spokeAtMs = performance.now();
  }

  async sendPacket(bytes: Uint8Array, options: { topic: string; to?: readonly string[] }): Promise<void> {
    await sendPacket(this.#local(), bytes, options);
    this.#spokeAtMs = performance.now();
  }

  async sendTranscription(packet: TranscriptionPacket): Promise<void> {
    await sendTranscription(this.#local(), packet);
    this.#spokeAtMs = performance.now();
  }

  async sendSession(message: SessionMessage): Promise<void> {
    await sendSession(this.#local(), message);
    this.#spokeAtMs = performance.now();
  }

  rtcStats(): Promise<RtcStats> {
    return readRtcStats(this.#room);
  }

  async setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    await setAttributes(this.#local(), attributes, this.#log);
  }

  onRpc(method: string, handler: (call: RpcCall) => Promise<string>): () => void {
    this.#local().registerRpcMethod(method, answerRpc(method, handler, this.#log));
    return () => this.#room.localParticipant?.unregisterRpcMethod(method);
  }

  async sendKey(key: string): Promise<void> {
    await sendKey(this.#local(), key);
  }

  callRpc(identity: string, method: string, payload: string, timeoutMs: number): Promise<string> {
    return callRpc(this.#local(), { identity, method, payload, timeoutMs });
  }

  /** Takes the connection as ended by the server: for one that is open and carries nothing. */
  abandon(): void {
    if (!this.#over) this.#emit({ type: 'closed', reason: STALE_CONNECTION });
    this.#over = true;
  }

  close(): Promise<void> {
    this.#closed ??= this.#leave();
    return this.#closed;
  }

  async #leave(): Promise<void> {
    const isConnected = !this.#over;
    this.#over = true;
    this.#unreadable.close();
    if (isConnected) await delay(Math.max(0, this.#spokeAtMs + LAST_WORDS_MS - performance.now()));
    try {
      await withDeadline(this.#room.disconnect(), 'leaving the room', DISCONNECT_DEADLINE_MS);
    } catch (error) {
      this.#log.warn({ err: error }, 'leaving the room failed');
    }
    releaseRoom(this.#room, this.#log);
    // A publication that never comes back must not keep the job.
    const closing = this.#publishing?.then((voice) => voice.close()).catch(() => {});
    if (closing) await within(closing, DISCONNECT_DEADLINE_MS);
    this.#listeners.clear();
  }

  #local(): NonNullable<Room['localParticipant']> {
    const participant = this.#room.localParticipant;
    if (!participant || this.#over) throw new Error('the room is closed');
    return participant;
  }

  readonly #emit = (event: RoomEvent): void => {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error({ code: 'listener', err: error, event: event.type }, 'a room listener failed');
      }
    }
  };

  #attach(): void {
    forwardEvents(this.#room, {
      emit: this.#emit,
      onReconnected: () => this.#subscriptions.reconnected(),
      onOver: () => {
        const wasOver = this.#over;
        this.#over = true;
        return !wasOver;
      },
      log: this.#log,
    });
    this.#subscriptions.start();
    this.#room.registerByteStreamHandler(TOPIC_PRE_CONNECT_AUDIO, (reader, { identity }) =>
      this.#preConnect.receive(reader, identity),
    );
    const bytes = new ByteStreams({ emit: this.#emit, admission: this.#admission, log: this.#log });
    bytes.attach(this.#room);
    readMessages(this.#room, {
      emit: this.#emit,
      attachments: (streamId) => bytes.received(this.#attachments.take(streamId)),
      admission: this.#admission,
      log: this.#log,
    });
  }
}
