// Features that LiveKit's clients expect beside voice, captions and chat: session messages, and pictures in the chat.
import { Pictures } from '../lanes/pictures.js';
import type { RoomMessages } from '../lanes/room-messages.js';
import { SessionMessages } from '../lanes/session-messages.js';
import type { Profile } from '../profile/profile.js';
import type { RoomEventBody } from '../protocol/events.js';
import type { AgentState } from '../protocol/topics.js';
import type { ModelSession } from '../session/port.js';
import type { Ledger } from '../turns/ledger.js';
import { encodeFile } from '../video/jpeg.js';
import type { BridgeOptions } from './options.js';

/** The answer of `getFrameworkInfo`; the version is that of package.json. */
export const FRAMEWORK = { name: 'gemini-room-agent', version: '0.1.0' } as const;

export interface BridgeClientsOptions
  extends Pick<BridgeOptions, 'room' | 'profile' | 'capabilities' | 'log'> {
  readonly session: Pick<ModelSession, 'sendImage'>;
  readonly ledger: Ledger;
  readonly messages: Pick<RoomMessages, 'refused'>;
  readonly currentProfile: () => Profile;
  readonly say: (text: string, identity: string) => void;
  readonly refusal: (identity: string) => string | undefined;
  /** A message on the room's chat. */
  readonly chat: (identity: string, text: string) => void;
}

export class BridgeClients {
  readonly #session: SessionMessages;
  readonly #pictures: Pictures;
  readonly #room: BridgeOptions['room'];
  readonly #chat: BridgeClientsOptions['chat'];
  #detach: () => void = () => {};

  constructor(options: BridgeClientsOptions) {
    const { room, profile, capabilities, session, ledger, messages } = options;
    this.#room = room;
    this.#chat = options.chat;
    this.#session = new SessionMessages({ ...options, framework: FRAMEWORK });
    this.#pictures = new Pictures({
      room,
      see: profile.see,
      video: capabilities.video,
      encode: encodeFile,
      send: (picture) => session.sendImage(picture),
      onRefused: (refusal) => messages.refused(refusal),
    });
    ledger.onSaid = (said) => this.#session.said(said);
  }

  start(): void {
    this.#session.start();
    this.#pictures.start();
    this.#detach = this.#room.onEvent((event) => {
      // After the pictures that belong to the message.
      if (event.type === 'chat') this.#pictures.afterwards(() => this.#chat(event.identity, event.text));
    });
  }

  state(state: AgentState): void {
    this.#session.state(state);
  }

  away(away: boolean): void {
    this.#session.away(away);
  }

  event(body: RoomEventBody): void {
    this.#session.observe(body);
  }

  configure(profile: Profile): void {
    this.#pictures.configure(profile);
  }

  async close(): Promise<void> {
    this.#detach();
    this.#pictures.close();
    await this.#session.close();
  }
}
