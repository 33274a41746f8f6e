// A room in memory, behind the same port as LiveKit's: the test plays the people, the room records the agent.
import type { PcmChunk } from '../../src/audio/pcm.js';
import {
  ATTRIBUTE_APPROVE,
  ATTRIBUTE_REFUSE,
  TOPIC_CHAT,
  TOPIC_TOOL_RESPONSE,
} from '../../src/protocol/topics.js';
import { chooseAudio } from '../../src/room/microphones.js';
import type {
  Participant,
  ParticipantKind,
  Picture,
  RemoteTrack,
  RoomEvent,
  RoomPort,
  RpcCall,
  TextOptions,
  TrackSource,
  TranscriptionPacket,
  UnreadableTracks,
  Voice,
  Watch,
} from '../../src/room/port.js';
import { RpcFailure } from '../../src/room/rpc-failure.js';
import type { RtcStats, SessionMessage } from '../../src/room/session-messages.js';
import { FakeSink } from './fake-sink.js';

export interface SentText {
  readonly atMs: number;
  readonly text: string;
  readonly options: TextOptions;
}

export interface SentPacket {
  readonly bytes: Uint8Array;
  readonly topic: string;
  readonly to?: readonly string[];
}

export interface SentRpc {
  readonly identity: string;
  readonly method: string;
  readonly payload: string;
  readonly timeoutMs: number;
}

/** The agent's track: what was captured is in `frames` and `played` (see FakeSink). */
export class FakeVoice extends FakeSink implements Voice {
  trackSid = 'TR_voice';
  #hasListener = false;
  readonly #waiting = new Set<() => void>();

  /** Somebody subscribes to the track. */
  listenerArrives(): void {
    this.#hasListener = true;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  async waitForListener(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#hasListener) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.add(resolve);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}

export class FakeRoom implements RoomPort {
  readonly name: string;
  readonly identity: string;
  readonly voice = new FakeVoice();
  readonly texts: SentText[] = [];
  readonly packets: SentPacket[] = [];
  readonly transcriptions: TranscriptionPacket[] = [];
  readonly sessionMessages: SessionMessage[] = [];
  /** Every change of the attributes, oldest first. */
  readonly attributeChanges: Readonly<Record<string, string>>[] = [];
  readonly rpcs: SentRpc[] = [];
  /** Keys that the agent has pressed. */
  readonly keys: string[] = [];
  closed = false;
  /** Whose tracks are encrypted with another key. */
  unreadableTracks: UnreadableTracks = { identities: new Set(), hasKey: false };
  /** How the people answer the agent's RPCs: with a payload, or by throwing an RpcFailure. */
  answerRpc: (call: SentRpc) => Promise<string> = async () => {
    throw new RpcFailure(1400, 'Method not supported at destination');
  };
  /** Runs before each message of the agent is taken: to delay it, or to refuse it by throwing. */
  beforeSend: () => Promise<void> = async () => {};
  readonly #participants = new Map<string, Participant>();
  readonly #tracks = new Map<string, RemoteTrack>();
  #received: ReadonlySet<string> = new Set();
  #may: (identity: string, topic: string) => boolean = () => true;
  #mayHear: (track: RemoteTrack) => boolean = () => true;
  /** Video tracks that are watched now. */
  readonly watched = new Set<string>();
  /** What a watch gives next. */
  picture: () => Promise<Picture | undefined> = async () => undefined;
  readonly #listeners = new Set<(event: RoomEvent) => void>();
  readonly #ears = new Map<string, Set<(chunk: PcmChunk) => void>>();
  readonly #methods = new Map<string, (call: RpcCall) => Promise<string>>();
  #nextTrack = 1;

  constructor(options: { readonly name?: string; readonly identity?: string } = {}) {
    this.name = options.name ?? 'room';
    this.identity = options.identity ?? 'agent-gemini';
  }

  // The port.

  participants(): readonly Participant[] {
    return [...this.#participants.values()];
  }

  tracks(): readonly RemoteTrack[] {
    return [...this.#tracks.values()].filter(({ sid }) => this.#received.has(sid) || this.watched.has(sid));
  }

  select(mayHear: (track: RemoteTrack) => boolean): void {
    this.#mayHear = mayHear;
    this.#review();
  }

  admitStreams(may: (identity: string, topic: string) => boolean): void {
    this.#may = may;
  }

  unreadable(): UnreadableTracks {
    return this.unreadableTracks;
  }

  onEvent(listener: (event: RoomEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  listen(trackSid: string, onFrame: (chunk: PcmChunk) => void): () => void {
    const ears = this.#ears.get(trackSid) ?? new Set();
    this.#ears.set(trackSid, ears);
    // A wrapper each time, so that one function may listen twice.
    const ear = (chunk: PcmChunk): void => onFrame(chunk);
    ears.add(ear);
    return () => void ears.delete(ear);
  }

  videos(): readonly RemoteTrack[] {
    return [...this.#tracks.values()].filter(({ kind }) => kind === 'video');
  }

  watch(trackSid: string): Watch {
    if (!this.#tracks.has(trackSid)) return { grab: async () => undefined, close: () => {} };
    this.watched.add(trackSid);
    const grab = async () => (this.watched.has(trackSid) ? this.picture() : undefined);
    return { grab, close: () => void this.watched.delete(trackSid) };
  }

  async publishVoice(signal?: AbortSignal): Promise<FakeVoice> {
    this.#demandOpen();
    signal?.throwIfAborted();
    return this.voice;
  }

  async sendText(text: string, options: TextOptions): Promise<void> {
    this.#demandOpen();
    await this.beforeSend();
    this.texts.push({ atMs: performance.now(), text, options });
  }

  async sendPacket(bytes: Uint8Array, options: { topic: string; to?: readonly string[] }): Promise<void> {
    this.#demandOpen();
    await this.beforeSend();
    this.packets.push({ bytes, ...options });
  }

  async sendTranscription(packet: TranscriptionPacket): Promise<void> {
    this.#demandOpen();
    await this.beforeSend();
    this.transcriptions.push(packet);
  }

  async sendSession(message: SessionMessage): Promise<void> {
    this.#demandOpen();
    await this.beforeSend();
    this.sessionMessages.push(message);
  }

  async rtcStats(): Promise<RtcStats> {
    return { publisher: [{ candidatePair: { rtt: 0.01 } }], subscriber: [{ inboundRtp: { bytes: 42n } }] };
  }

  async setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    this.#demandOpen();
    await this.beforeSend();
    this.attributeChanges.push(attributes);
  }

  onRpc(method: string, handler: (call: RpcCall) => Promise<string>): () => void {
    this.#methods.set(method, handler);
    return () => {
      if (this.#methods.get(method) === handler) this.#methods.delete(method);
    };
  }

  async sendKey(key: string): Promise<void> {
    this.#demandOpen();
    this.keys.push(key);
  }

  async callRpc(identity: string, method: string, payload: string, timeoutMs: number): Promise<string> {
    const call = { identity, method, payload, timeoutMs };
    this.rpcs.push(call);
    if (!this.#participants.has(identity)) throw new RpcFailure(1401, 'Recipient not found');
    return this.answerRpc(call);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.#listeners.clear();
    this.#ears.clear();
  }

  // The test's side.

  get attributes(): Readonly<Record<string, string>> {
    return Object.assign({}, ...this.attributeChanges);
  }

  /** Lanes that still follow this room's events. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** The methods that the agent answers now. */
  get methods(): readonly string[] {
    return [...this.#methods.keys()];
  }

  /** The tracks that are listened to now. */
  get listenedTo(): readonly string[] {
    return [...this.#ears].filter(([, ears]) => ears.size > 0).map(([sid]) => sid);
  }

  textsOn(topic: string): readonly SentText[] {
    return this.texts.filter((sent) => sent.options.topic === topic);
  }

  /** The JSON events on a topic, parsed. */
  eventsOn(topic: string): readonly Record<string, unknown>[] {
    return this.textsOn(topic).map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  }

  emit(event: RoomEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  join(
    identity: string,
    kind: ParticipantKind = 'standard',
    {
      hidden = false,
      attributes,
    }: { readonly hidden?: boolean; readonly attributes?: Record<string, string> } = {},
  ): Participant {
    const participant: Participant = {
      identity,
      kind,
      ...(hidden ? { hidden } : {}),
      ...(attributes ? { attributes } : {}),
    };
    this.#participants.set(identity, participant);
    this.emit({ type: 'participant-joined', participant });
    return participant;
  }

  /** As in LiveKit, the tracks of a participant end before the participant leaves. */
  leave(identity: string): void {
    for (const track of [...this.#tracks.values()])
      if (track.identity === identity) this.unpublish(track.sid);
    const participant = this.#participants.get(identity);
    if (!participant) throw new Error(`${identity} is not in the room`);
    this.#participants.delete(identity);
    this.emit({ type: 'participant-left', participant });
  }

  publish(identity: string, options: { source?: TrackSource; muted?: boolean } = {}): RemoteTrack {
    const { source = 'microphone', muted = false } = options;
    const kind = source === 'camera' || source === 'screen' ? 'video' : 'audio';
    const track: RemoteTrack = { sid: `TR_${this.#nextTrack++}`, identity, source, kind, muted };
    this.#tracks.set(track.sid, track);
    if (kind === 'video') this.emit({ type: 'videos-changed' });
    else this.#review();
    return track;
  }

  unpublish(sid: string): void {
    const track = this.#track(sid);
    this.#tracks.delete(sid);
    this.#ears.delete(sid);
    this.watched.delete(sid);
    if (track.kind === 'video') this.emit({ type: 'videos-changed' });
    const wasReceived = this.#received.has(sid);
    this.#received = new Set([...this.#received].filter((received) => received !== sid));
    if (wasReceived) this.emit({ type: 'track-stopped', track });
    this.#review();
  }

  setMuted(sid: string, muted: boolean): void {
    const track: RemoteTrack = { ...this.#track(sid), muted };
    this.#tracks.set(sid, track);
    if (track.kind === 'video') this.emit({ type: 'videos-changed' });
    else if (this.#received.has(sid)) this.emit({ type: 'track-muted', track });
    this.#review();
  }

  /** Sends one frame of a track to its listeners. */
  hear(sid: string, chunk: PcmChunk): void {
    for (const ear of [...(this.#ears.get(sid) ?? [])]) ear(chunk);
  }

  chat(identity: string, text: string): void {
    if (this.admits(identity, TOPIC_CHAT)) this.emit({ type: 'chat', identity, text });
  }

  setAttributesOf(identity: string, attributes: Readonly<Record<string, string>>): void {
    for (const [name, ok] of [
      [ATTRIBUTE_REFUSE, false],
      [ATTRIBUTE_APPROVE, true],
    ] as const) {
      const id = attributes[name];
      if (id) this.emit({ type: 'approval', identity, id, ok });
    }
  }

  /** A participant sends a data packet; as in a real room, one on another topic is not read. */
  packet(identity: string, topic: string, text: string): void {
    if (topic !== TOPIC_TOOL_RESPONSE || !this.admits(identity, topic)) return;
    this.emit({ type: 'message', topic, identity, text });
  }

  /** Who speaks now. */
  speakers(identities: readonly string[]): void {
    this.emit({ type: 'active-speakers', identities });
  }

  /** The server ends the room for the agent: nothing follows. */
  end(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.emit({ type: 'closed', reason });
    this.#listeners.clear();
    this.#ears.clear();
  }

  /** Calls a method of the agent. @throws RpcFailure, as a caller in a real room gets it */
  async call(callerIdentity: string, method: string, payload = ''): Promise<string> {
    const handler = this.#methods.get(method);
    if (!handler) throw new RpcFailure(1400, 'Method not supported at destination');
    return handler({ callerIdentity, payload }).catch((error: unknown) => {
      throw error instanceof RpcFailure ? error : new RpcFailure(1500, `${method} failed in the agent`);
    });
  }

  /** As LiveKitRoom does: the same choice, and the events of what it changes. */
  #review(): void {
    const audio = [...this.#tracks.values()].filter(({ kind }) => kind === 'audio');
    const before = this.#received;
    this.#received = chooseAudio(
      audio.filter((track) => this.#mayHear(track)),
      before,
    );
    for (const track of audio) {
      const isReceived = this.#received.has(track.sid);
      if (isReceived === before.has(track.sid)) continue;
      this.emit({ type: isReceived ? 'track-started' : 'track-stopped', track });
    }
  }

  admits(identity: string, topic: string): boolean {
    const isAdmitted = this.#may(identity, topic);
    if (!isAdmitted) this.emit({ type: 'stream-refused', identity, topic });
    return isAdmitted;
  }

  #demandOpen(): void {
    if (this.closed) throw new Error('the room is closed');
  }

  #track(sid: string): RemoteTrack {
    const track = this.#tracks.get(sid);
    if (!track) throw new Error(`there is no track ${sid}`);
    return track;
  }
}
