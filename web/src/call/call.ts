// One call: the LiveKit room, events and captions of the agent, and the commands of a person.
import {
  type AudioCaptureOptions,
  ConnectionState,
  ParticipantKind,
  type RemoteParticipant,
  Room,
  RoomEvent as RoomEvents,
  type RpcError,
  Track,
} from 'livekit-client';
import type { RoomEvent } from '../../../src/protocol/events.js';
import { reduce } from './log.js';
import { type CallLog, emptyLog, type LogAction } from './log-types.js';
import { randomName } from './names.js';
import { fetchToken, type JoinRequest } from './token.js';

const TOPIC_TRANSCRIPTION = 'lk.transcription';
const TOPIC_CHAT = 'lk.chat';
const TOPIC_EVENT = 'gemini.event';
const TOPIC_TOOL_RESPONSE = 'gemini.tool_response';

export type CallPhase = 'joining' | 'open' | 'reconnecting' | 'ended';

export interface CallState {
  readonly phase: CallPhase;
  /** Why the call is over, in words. */
  readonly ended?: string;
  readonly agent: RemoteParticipant | undefined;
  /** `lk.agent.state`; undefined while the agent is not there. */
  readonly agentState: string | undefined;
  readonly people: readonly { readonly identity: string; readonly name: string }[];
  /** The profile uses manual activity detection: turns are opened by push-to-talk. */
  readonly manual: boolean;
  readonly log: CallLog;
}

/** An answer of the agent that refuses what was asked. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export class Call {
  readonly room: Room;
  readonly identity: string;
  readonly #request: JoinRequest;
  readonly #listeners = new Set<() => void>();
  readonly #shown = new Map<string, number>();
  #streams = 0;
  #state: CallState;
  #left = false;

  constructor(request: JoinRequest) {
    this.#request = request;
    this.identity = request.identity;
    this.room = new Room({
      adaptiveStream: true,
      dynacast: true,
      // Records speech before the agent has joined and sends it. livekit-client reads this option only here.
      publishDefaults: { preConnectBuffer: true },
    });
    this.#state = {
      phase: 'joining',
      agent: undefined,
      agentState: undefined,
      people: [],
      manual: false,
      log: emptyLog(Date.now()),
    };
    this.#listen();
  }

  get state(): CallState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Joins with an open microphone, which records from now on. @throws TokenError or what a device or the room says */
  async join(capture: AudioCaptureOptions | undefined): Promise<void> {
    const { localParticipant } = this.room;
    const microphone = localParticipant.setMicrophoneEnabled(true, capture).then(
      () => {},
      (error: unknown) => this.#note('error', 'No microphone', `${wordsOf(error)}. You can still type.`),
    );
    const { server_url: url, participant_token: token } = await fetchToken(this.#request);
    await this.room.connect(url, token);
    await microphone;
    this.#set({ phase: 'open' });
  }

  async leave(): Promise<void> {
    this.#left = true;
    await this.room.disconnect();
  }

  async type(text: string, pictures: readonly File[]): Promise<void> {
    const { localParticipant } = this.room;
    const urls = pictures.map((file) => URL.createObjectURL(file));
    const id = `typed-${randomName(12)}`;
    this.#log({ type: 'text', id, from: this.identity, text, pictures: urls, now: Date.now() });
    if (text === '') {
      for (const file of pictures)
        await localParticipant.sendFile(file, { topic: TOPIC_CHAT, mimeType: file.type });
      return;
    }
    const attachments = pictures.length > 0 ? { attachments: [...pictures] } : {};
    await localParticipant.sendText(text, { topic: TOPIC_CHAT, ...attachments });
  }

  /** @throws CommandError with the agent's words */
  async command(method: string, payload: object = {}): Promise<Record<string, unknown>> {
    const { agent } = this.#state;
    if (!agent) throw new CommandError('the agent is not in the room');
    try {
      const answer = await this.room.localParticipant.performRpc({
        destinationIdentity: agent.identity,
        method,
        payload: JSON.stringify(payload),
        responseTimeout: 10_000,
      });
      return JSON.parse(answer || '{}') as Record<string, unknown>;
    } catch (error) {
      throw new CommandError((error as RpcError).message);
    }
  }

  async answerTool(id: string, answer: { response: object } | { error: string }): Promise<void> {
    const { agent } = this.#state;
    await this.room.localParticipant.sendText(JSON.stringify({ id, ...answer }), {
      topic: TOPIC_TOOL_RESPONSE,
      ...(agent ? { destinationIdentities: [agent.identity] } : {}),
    });
  }

  /** What went wrong on this side, for the person to read. */
  fail(title: string, error: unknown): void {
    this.#note('error', title, wordsOf(error));
  }

  #listen(): void {
    const { room } = this;
    const look = (): void => this.#look();
    room
      .on(RoomEvents.ParticipantConnected, look)
      .on(RoomEvents.ParticipantDisconnected, look)
      .on(RoomEvents.ParticipantAttributesChanged, look)
      .on(RoomEvents.ParticipantNameChanged, look)
      .on(RoomEvents.Connected, look)
      .on(RoomEvents.TrackSubscribed, look)
      .on(RoomEvents.TrackUnsubscribed, look)
      .on(RoomEvents.LocalTrackPublished, look)
      .on(RoomEvents.LocalTrackUnpublished, look)
      .on(RoomEvents.TrackMuted, look)
      .on(RoomEvents.TrackUnmuted, look)
      .on(RoomEvents.AudioPlaybackStatusChanged, look)
      .on(RoomEvents.ConnectionStateChanged, (state) => this.#connection(state))
      .on(RoomEvents.Disconnected, () => this.#end());
    room.registerTextStreamHandler(TOPIC_TRANSCRIPTION, async (reader, from) => {
      const { attributes = {}, id } = reader.info;
      const order = ++this.#streams;
      const text = await reader.readAll();
      this.#caption(attributes['lk.segment_id'] ?? id, from.identity, text, attributes, order);
    });
    room.registerTextStreamHandler(TOPIC_CHAT, async (reader, from) => {
      const text = await reader.readAll();
      this.#log({ type: 'text', id: reader.info.id, from: from.identity, text, now: Date.now() });
    });
    room.registerTextStreamHandler(TOPIC_EVENT, async (reader, from) => {
      const text = await reader.readAll();
      // Anybody in the room can open a stream on this topic; only the agent's count.
      if (isAgent(room.remoteParticipants.get(from.identity))) this.#event(text);
    });
  }

  /** Streams of a segment are read side by side: one that was opened earlier never undoes a later one. */
  #caption(id: string, from: string, text: string, attributes: Record<string, string>, order: number): void {
    if ((this.#shown.get(id) ?? 0) > order) return;
    this.#shown.set(id, order);
    const final = attributes['lk.transcription_final'] === 'true';
    this.#log({ type: 'caption', id, from, text, final, now: Date.now() });
  }

  #event(json: string): void {
    const event = parse(json);
    if (!event) return;
    this.#log({ type: 'event', event, now: Date.now() });
    if (event.type === 'session' && event.state === 'open') void this.#readState();
  }

  async #readState(): Promise<void> {
    const state = await this.command('get_state').catch(() => undefined);
    if (state) this.#set({ manual: state.detection === 'manual' });
  }

  #look(): void {
    const others = [...this.room.remoteParticipants.values()];
    const agent = others.find(isAgent);
    this.#set({
      agent,
      agentState: agent?.attributes['lk.agent.state'],
      people: others
        .filter((participant) => participant !== agent)
        .map(({ identity, name }) => ({ identity, name: name || identity })),
    });
  }

  #connection(state: ConnectionState): void {
    const away = state === ConnectionState.Reconnecting || state === ConnectionState.SignalReconnecting;
    const { phase } = this.#state;
    if (away && phase === 'open') {
      this.#log({ type: 'room-lost', now: Date.now() });
      this.#set({ phase: 'reconnecting' });
    }
    if (state === ConnectionState.Connected && phase === 'reconnecting') {
      this.#log({ type: 'room-back', now: Date.now() });
      this.#set({ phase: 'open' });
    }
  }

  #end(): void {
    const ended = this.#left ? 'You have left.' : 'The call is over.';
    this.#set({ phase: 'ended', ended, agent: undefined, agentState: undefined });
  }

  #note(kind: 'error' | 'note', title: string, text: string): void {
    this.#log({ type: 'notice', kind, title, text, now: Date.now() });
  }

  #log(action: LogAction): void {
    this.#set({ log: reduce(this.#state.log, action) });
  }

  #set(change: Partial<CallState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

export function isAgent(participant: RemoteParticipant | undefined): boolean {
  return participant?.kind === ParticipantKind.AGENT && !participant.attributes['lk.publish_on_behalf'];
}

/** The video track that the model sees, of this or another participant. */
export function trackSeen(room: Room, vision: NonNullable<CallLog['vision']>) {
  const { localParticipant, remoteParticipants } = room;
  const local = vision.participant === localParticipant.identity;
  const participant = local ? localParticipant : remoteParticipants.get(vision.participant);
  const source = vision.source === 'screen' ? Track.Source.ScreenShare : Track.Source.Camera;
  return participant?.getTrackPublication(source)?.track;
}

function parse(json: string): RoomEvent | undefined {
  try {
    const value = JSON.parse(json) as { v?: unknown; type?: unknown };
    return value.v === 1 && typeof value.type === 'string' ? (value as RoomEvent) : undefined;
  } catch {
    return undefined;
  }
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
