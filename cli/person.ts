// A participant for commands and tests: speaks, hears, reads captions and events, chats, and answers RPCs.
import { ParticipantKind, type RemoteParticipant, Room, type RpcInvocationData } from '@livekit/rtc-node';
import { leaveRoom, within } from '../src/index.js';
import { type AgentState, ATTRIBUTE_AGENT_STATE, TOPIC_CHAT } from '../src/protocol/index.js';
import { Microphone, type Spoken } from './microphone.js';
import { followRoom, type PersonEvent, receiveAudio } from './person-events.js';
import {
  type AgentEvent,
  type Caption,
  type ReceivedData,
  ReceivedMessages,
  type ReceivedText,
} from './received-messages.js';
import type { Recording } from './recording.js';
import { TrackRecorder } from './track-recorder.js';
import { type Found, WaitError, Watch } from './wait-for.js';

export type { Spoken } from './microphone.js';
export type { PersonEvent } from './person-events.js';
export type { AgentEvent, Caption, ReceivedData, ReceivedText } from './received-messages.js';
export { RECORDING_RATE, Recording } from './recording.js';
export { WaitError } from './wait-for.js';

export interface PersonOptions {
  /** Publish a microphone on joining; true where omitted. */
  readonly microphone?: boolean;
  /** Keep what is heard, not only its loudness; true where omitted. */
  readonly keepSamples?: boolean;
  /** Which participants to hear; omitted: all. */
  readonly hears?: (participant: RemoteParticipant) => boolean;
  /** Receive (and decode) cameras and screens of others too; omitted: true. */
  readonly video?: boolean;
  /** The shared key of an end-to-end encrypted room. */
  readonly e2eeKey?: string;
  /** Identifies the agent if there are several; omitted: the first. */
  readonly isAgent?: (participant: RemoteParticipant) => boolean;
}

const CONNECT_TIMEOUT_MS = 15_000;
const RPC_TIMEOUT_MS = 10_000;

export class Person {
  /** The rtc-node room underneath, for what this class does not offer. */
  readonly room = new Room();
  readonly microphone = new Microphone(this.room);
  readonly #options: PersonOptions;
  readonly #received: ReceivedMessages;
  readonly #watch = new Watch();
  readonly #listeners = new Set<(personEvent: PersonEvent) => void>();
  readonly #recorder: TrackRecorder;
  readonly #listenedTo = new Set<string>();
  #closed: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: PersonOptions = {}) {
    this.#options = options;
    this.#received = new ReceivedMessages(this.room, {
      onOpened: (message) => this.#emit({ type: 'opened', message }),
      onCaption: (caption) => this.#emit({ type: 'caption', caption }),
      onAgentEvent: (event, identity) => this.#emit({ type: 'event', event, identity }),
      onChat: (chat) => this.#emit({ type: 'chat', chat }),
      onData: (data) => this.#emit({ type: 'data', data }),
      onMalformed: (message) => this.#emit({ type: 'malformed', message }),
    });
    const keepSamples = options.keepSamples ?? true;
    this.#recorder = new TrackRecorder({ keepSamples }, (identity, samples, atMs) => {
      this.#emit({ type: 'sound', identity, samples, atMs });
    });
    followRoom(this.room, {
      emit: (personEvent) => this.#emit(personEvent),
      voice: (track, participant) => {
        if (options.hears?.(participant) ?? true) this.#recorder.hear(track, participant);
      },
      end: (reason) => this.#end(reason),
    });
  }

  /** @throws when the server refuses or does not answer within 15 s */
  async connect(url: string, token: string): Promise<void> {
    const { video: autoSubscribe = true, e2eeKey } = this.#options;
    if (!autoSubscribe) receiveAudio(this.room, this.#options.hears ?? (() => true));
    const connecting = this.room.connect(url, token, {
      autoSubscribe,
      dynacast: false,
      ...(e2eeKey === undefined
        ? {}
        : { encryption: { keyProviderOptions: { sharedKey: Buffer.from(e2eeKey) } } }),
    });
    const joined = await within(
      connecting.then(() => true),
      CONNECT_TIMEOUT_MS,
    );
    if (!joined) throw new Error(`could not join within ${CONNECT_TIMEOUT_MS} ms`);
    if (this.#options.microphone ?? true) await this.microphone.publish();
    this.#watch.notify();
  }

  get identity(): string {
    return this.room.localParticipant?.identity ?? '';
  }

  /** Why the connection ended; undefined while it is open. */
  get closed(): string | undefined {
    return this.#closed;
  }

  /** Whether somebody has subscribed to the microphone that is published now. */
  get listenedTo(): boolean {
    return this.#listenedTo.has(this.microphone.trackSid ?? '');
  }

  participants(): RemoteParticipant[] {
    return [...this.room.remoteParticipants.values()];
  }

  /** The agent in the room; not an avatar that speaks for one. */
  agent(): RemoteParticipant | undefined {
    return this.participants().find(this.#options.isAgent ?? isAgent);
  }

  /** The agent's published state; undefined while there is no agent or it publishes none. */
  state(): AgentState | undefined {
    return this.agent()?.attributes[ATTRIBUTE_AGENT_STATE] as AgentState | undefined;
  }

  /** Every caption stream in the order of opening, also the one that is growing. */
  captions(): readonly Caption[] {
    return this.#received.captions;
  }

  /** Every `gemini.event` received whole, in the order of opening. */
  events(): AgentEvent[] {
    return this.#received.events();
  }

  chats(): readonly ReceivedText[] {
    return this.#received.chats;
  }

  data(): readonly ReceivedData[] {
    return this.#received.data;
  }

  /** Messages on `gemini.event` that are no events. */
  malformed(): readonly ReceivedText[] {
    return this.#received.malformed;
  }

  /** The recording of a participant, by default of the agent; empty until audio was received. */
  heard(identity = this.agent()?.identity): Recording {
    return this.#recorder.recording(identity);
  }

  /** Calls `listener` for every event. Returns a function that removes it. */
  on(listener: (personEvent: PersonEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` for each `gemini.event`. Returns a function that removes it. */
  onEvent(listener: (event: AgentEvent) => void): () => void {
    return this.on((personEvent) => {
      if (personEvent.type === 'event') listener(personEvent.event);
    });
  }

  /**
   * Resolves with the first truthy value of `probe`, which is called again after every event.
   *
   * @throws {WaitError} that describes the situation when `timeoutMs` is over or the room closes
   */
  waitFor<T>(probe: (person: this) => T, timeoutMs: number, signal?: AbortSignal): Promise<Found<T>> {
    return this.#watch.until(() => probe(this), { timeoutMs, signal, describe: () => this.describe() });
  }

  /**
   * The same without an error on timeout: resolves with undefined after `timeoutMs`.
   *
   * @throws {WaitError} when the room closes
   */
  async mayWaitFor<T>(
    probe: (person: this) => T,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Found<T> | undefined> {
    try {
      return await this.waitFor(probe, timeoutMs, signal);
    } catch (error) {
      if (error instanceof WaitError && this.#closed === undefined) return undefined;
      throw error;
    }
  }

  /** Speaks samples at their real pace; see {@link Microphone.speak}. */
  speak(samples: Int16Array, rate: number, signal?: AbortSignal): Promise<Spoken> {
    return this.microphone.speak(samples, rate, signal);
  }

  async sendChat(text: string): Promise<void> {
    await this.#local().sendText(text, { topic: TOPIC_CHAT });
  }

  /** Of this person, seen by everybody in the room. */
  async setAttributes(attributes: Record<string, string>): Promise<void> {
    await this.#local().setAttributes(attributes);
  }

  async sendText(topic: string, text: string, attributes: Record<string, string> = {}): Promise<void> {
    await this.#local().sendText(text, { topic, attributes });
  }

  async sendData(topic: string, bytes: Uint8Array): Promise<void> {
    await this.#local().publishData(bytes, { topic, reliable: true });
  }

  /**
   * Calls a method of the agent, or of `to`.
   *
   * @throws rtc-node's RpcError, with its code
   */
  async rpc(
    method: string,
    payload = '',
    to = this.agent()?.identity,
    timeoutMs = RPC_TIMEOUT_MS,
  ): Promise<string> {
    if (!to) throw new Error(`nobody to call ${method} of: there is no agent in the room`);
    return this.#local().performRpc({
      destinationIdentity: to,
      method,
      payload,
      responseTimeout: timeoutMs,
    });
  }

  /** Answers a method that others, the agent's tools among them, may call. Returns a function that ends this. */
  registerRpc(method: string, handler: (call: RpcInvocationData) => Promise<string>): () => void {
    const participant = this.#local();
    participant.registerRpcMethod(method, handler);
    return () => participant.unregisterRpcMethod(method);
  }

  /** Leaves the room. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The situation in one line, for error messages. */
  describe(): string {
    const heard = this.heard();
    const events = this.events()
      .slice(-12)
      .map(({ type, phase, state }) => [type, phase ?? state].filter(Boolean).join(' '));
    const segments = new Map(this.captions().map((caption) => [caption.segmentId, caption]));
    const texts = [...segments.values()]
      .slice(-6)
      .map(({ identity, final, text }) => `${identity}${final ? '' : '…'} "${text}"`);
    return [
      `${this.identity || 'nobody'} in ${this.room.name ?? 'no room'}`,
      this.#closed
        ? `closed: ${this.#closed}`
        : `with ${[...this.room.remoteParticipants.keys()].join(', ') || 'nobody'}`,
      `agent ${this.agent()?.identity ?? 'none'} ${this.state() ?? ''}`.trimEnd(),
      `heard ${heard.soundMs()} of ${Math.round(heard.durationMs)} ms`,
      `last events [${events.join(', ')}]`,
      `last captions [${texts.join(', ')}]`,
    ].join('; ');
  }

  #local() {
    const participant = this.room.localParticipant;
    if (!participant || this.#closed) throw new Error(`not in a room: ${this.#closed ?? 'connect first'}`);
    return participant;
  }

  #end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#emit({ type: 'closed', reason });
    this.#watch.close(`the room is over (${reason})`);
  }

  async #leave(): Promise<void> {
    this.#end('left');
    this.#recorder.close();
    await this.microphone.close();
    await leaveRoom(this.room);
  }

  #emit(personEvent: PersonEvent): void {
    if (personEvent.type === 'listened-to') this.#listenedTo.add(personEvent.trackSid);
    for (const listener of [...this.#listeners]) listener(personEvent);
    this.#watch.notify();
  }
}

/** An agent, and not an avatar that only shows one. */
function isAgent({ kind, attributes }: RemoteParticipant): boolean {
  return kind === ParticipantKind.AGENT && !attributes['lk.publish_on_behalf'];
}
