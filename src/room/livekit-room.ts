// RoomPort over an rtc-node Room.
import {
  ConnectionState,
  DisconnectReason,
  RoomEvent as Event,
  type RemoteTrack as LiveKitTrack,
  type RemoteParticipant,
  type RemoteTrackPublication,
  Room,
  RpcError,
  TrackKind,
} from '@livekit/rtc-node';
import type { PcmChunk } from '../audio/pcm.js';
import { delay, within } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import { readMessages } from './livekit-messages.js';
import { sendPacket, sendText, sendTranscription } from './livekit-sending.js';
import { describeParticipant, describeTrack, isWanted, readFrames } from './livekit-tracks.js';
import { LiveKitWatch, NO_WATCH } from './livekit-video.js';
import { LiveKitVoice } from './livekit-voice.js';
import { keepLogNative } from './native/native-log.js';
import { releaseRoom } from './native/release-room.js';
import { narrowEvents } from './native/room-events.js';
import type {
  Participant,
  RemoteTrack,
  RoomEvent,
  RoomPort,
  RpcCall,
  TextOptions,
  TranscriptionPacket,
  Voice,
  Watch,
} from './port.js';
import { RpcFailure } from './rpc-failure.js';

export interface LiveKitRoomOptions {
  readonly url: string;
  readonly token: string;
  readonly log: Logger;
}

const ATTRIBUTES_DEADLINE_MS = 200;
const RPC_APPLICATION_ERROR = 1500;
/** Messages and the goodbye travel apart, and the goodbye is quicker: so long after the last message it is said. */
const LAST_WORDS_MS = 200;

export class LiveKitRoom implements RoomPort {
  readonly #room: Room;
  readonly #log: Logger;
  readonly #listeners = new Set<(event: RoomEvent) => void>();
  readonly #subscribed = new Map<
    string,
    { track: LiveKitTrack; publication: RemoteTrackPublication; participant: RemoteParticipant }
  >();
  #voice: LiveKitVoice | undefined;
  #closed: Promise<void> | undefined;
  #over = false;
  #spokeAtMs = Number.NEGATIVE_INFINITY;

  private constructor(room: Room, log: Logger) {
    this.#room = room;
    this.#log = log;
  }

  /** Joins. @throws rtc-node's ConnectError */
  static async connect(options: LiveKitRoomOptions): Promise<LiveKitRoom> {
    keepLogNative();
    const room = new Room();
    narrowEvents(room);
    const port = new LiveKitRoom(room, options.log);
    // Streams on topics without a handler are dropped, so these come before the connection.
    port.#attach();
    // Only what is listened to or looked at is subscribed: a video nobody samples would still be decoded.
    await room.connect(options.url, options.token, { autoSubscribe: false, dynacast: false });
    port.#wantAll();
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
    return [...this.#subscribed.values()].map(({ publication, participant }) =>
      describeTrack(publication, participant),
    );
  }

  onEvent(listener: (event: RoomEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  listen(trackSid: string, onFrame: (chunk: PcmChunk) => void): () => void {
    const subscribed = this.#subscribed.get(trackSid);
    if (!subscribed) return () => {};
    return readFrames(subscribed.track, onFrame, (error) =>
      this.#log.warn({ err: error, trackSid }, 'an audio stream failed'),
    );
  }

  videos(): readonly RemoteTrack[] {
    return this.#videos().map(({ publication, participant }) => describeTrack(publication, participant));
  }

  watch(trackSid: string): Watch {
    const video = this.#videos().find(({ publication }) => publication.sid === trackSid);
    return video ? new LiveKitWatch(video.publication) : NO_WATCH;
  }

  async publishVoice(): Promise<Voice> {
    this.#voice ??= await LiveKitVoice.publish(this.#local());
    return this.#voice;
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

  async setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    const set = this.#local().setAttributes({ ...attributes });
    // Now and then rtc-node answers five seconds late (4 % of calls) although everybody has seen the change.
    set.catch((error: unknown) => this.#log.debug({ err: error }, 'attributes were not set'));
    await within(set, ATTRIBUTES_DEADLINE_MS);
  }

  onRpc(method: string, handler: (call: RpcCall) => Promise<string>): () => void {
    this.#local().registerRpcMethod(method, async ({ callerIdentity, payload }) => {
      try {
        return await handler({ callerIdentity, payload });
      } catch (error) {
        if (error instanceof RpcFailure) throw new RpcError(error.code, error.message);
        this.#log.error({ err: error, method }, 'an RPC handler failed');
        throw new RpcError(RPC_APPLICATION_ERROR, `${method} failed in the agent`);
      }
    });
    return () => this.#room.localParticipant?.unregisterRpcMethod(method);
  }

  callRpc(identity: string, method: string, payload: string, timeoutMs: number): Promise<string> {
    return this.#local()
      .performRpc({ destinationIdentity: identity, method, payload, responseTimeout: timeoutMs })
      .catch((error: unknown) => {
        throw error instanceof RpcError ? new RpcFailure(Number(error.code), error.message) : error;
      });
  }

  close(): Promise<void> {
    this.#closed ??= this.#leave();
    return this.#closed;
  }

  async #leave(): Promise<void> {
    const isConnected = !this.#over;
    this.#over = true;
    if (isConnected) await delay(Math.max(0, this.#spokeAtMs + LAST_WORDS_MS - performance.now()));
    try {
      await this.#room.disconnect();
    } catch (error) {
      this.#log.warn({ err: error }, 'leaving the room failed');
    }
    await this.#voice?.close();
    releaseRoom(this.#room);
    this.#listeners.clear();
  }

  #local(): NonNullable<Room['localParticipant']> {
    const participant = this.#room.localParticipant;
    if (!participant || this.#over) throw new Error('the room is closed');
    return participant;
  }

  #emit(event: RoomEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error({ err: error, event: event.type }, 'a room listener failed');
      }
    }
  }

  #want(publication: RemoteTrackPublication, participant: RemoteParticipant): void {
    if (isWanted(TrackKind.KIND_AUDIO, publication, participant)) publication.setSubscribed(true);
  }

  #wantAll(): void {
    for (const participant of this.#room.remoteParticipants.values()) {
      for (const publication of participant.trackPublications.values()) {
        if (!this.#subscribed.has(publication.sid ?? '')) this.#want(publication, participant);
      }
    }
  }

  #attach(): void {
    const room = this.#room;
    room
      .on(Event.ParticipantConnected, (participant) =>
        this.#emit({ type: 'participant-joined', participant: describeParticipant(participant) }),
      )
      .on(Event.ParticipantDisconnected, (participant) =>
        this.#emit({ type: 'participant-left', participant: describeParticipant(participant) }),
      )
      .on(Event.TrackPublished, (publication, participant) => {
        this.#want(publication, participant);
        this.#videoChanged(publication);
      })
      .on(Event.TrackUnpublished, (publication) => this.#videoChanged(publication))
      .on(Event.TrackSubscribed, (track, publication, participant) => {
        this.#subscribed.set(publication.sid ?? '', { track, publication, participant });
        this.#emit({ type: 'track-started', track: describeTrack(publication, participant) });
      })
      .on(Event.TrackUnsubscribed, (_track, publication, participant) => {
        if (!this.#subscribed.delete(publication.sid ?? '')) return;
        this.#emit({ type: 'track-stopped', track: describeTrack(publication, participant) });
      })
      .on(Event.TrackMuted, (publication, participant) => this.#onMuted(publication, participant))
      .on(Event.TrackUnmuted, (publication, participant) => this.#onMuted(publication, participant))
      .on(Event.ActiveSpeakersChanged, (speakers) =>
        this.#emit({ type: 'active-speakers', identities: speakers.map((speaker) => speaker.identity) }),
      )
      .on(Event.ConnectionStateChanged, (state) => {
        if (state !== ConnectionState.CONN_RECONNECTING) return;
        this.#log.warn({}, 'the connection to the room is lost');
        this.#emit({ type: 'connection', state: 'reconnecting' });
      })
      .on(Event.Reconnected, () => {
        // What was asked for between the old connection and the new one is lost.
        this.#wantAll();
        this.#log.info({}, 'the connection to the room is back');
        this.#emit({ type: 'connection', state: 'reconnected' });
      })
      .on(Event.Disconnected, (reason) => {
        if (this.#over) return;
        this.#over = true;
        this.#emit({ type: 'closed', reason: DisconnectReason[reason] ?? String(reason) });
      });
    readMessages(room, { emit: (event) => this.#emit(event), log: this.#log });
  }

  #videos(): { readonly publication: RemoteTrackPublication; readonly participant: RemoteParticipant }[] {
    return [...this.#room.remoteParticipants.values()].flatMap((participant) =>
      [...participant.trackPublications.values()]
        .filter((publication) => isWanted(TrackKind.KIND_VIDEO, publication, participant))
        .map((publication) => ({ publication, participant })),
    );
  }

  #videoChanged(publication: { kind?: TrackKind | undefined }): void {
    if (publication.kind === TrackKind.KIND_VIDEO) this.#emit({ type: 'videos-changed' });
  }

  #onMuted(
    publication: { sid?: string | undefined; kind?: TrackKind | undefined },
    participant: { identity: string },
  ): void {
    this.#videoChanged(publication);
    const subscribed = this.#subscribed.get(publication.sid ?? '');
    if (subscribed?.participant.identity !== participant.identity) return;
    this.#emit({ type: 'track-muted', track: describeTrack(subscribed.publication, subscribed.participant) });
  }
}
