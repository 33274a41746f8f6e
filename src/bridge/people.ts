// People in a call: who may write and command, the greeting, and the end of a call without people.
import { AutoLeave, type CallLimit, type LimitLeft } from '../lanes/auto-leave.js';
import { Control } from '../lanes/control.js';
import { Encryption } from '../lanes/encryption.js';
import { Greeting } from '../lanes/greeting.js';
import { Idle } from '../lanes/idle.js';
import type { RoomMessages } from '../lanes/room-messages.js';
import type { RoomEventBody } from '../protocol/events.js';
import { TOPIC_CHAT, TOPIC_IMAGES, TOPIC_TOOL_RESPONSE } from '../protocol/topics.js';
import type { RoomEvent } from '../room/port.js';
import type { ModelEvent } from '../session/port.js';
import { mayChat, mayControl } from '../tools/permission.js';
import type { BridgeClients } from './clients.js';
import { type CommandedParts, commandTargets } from './command-targets.js';
import { commandHandlers } from './commands.js';
import type { BridgeEnd, BridgeOptions } from './options.js';
import { Trouble } from './trouble.js';

export interface BridgePeopleOptions
  extends Pick<BridgeOptions, 'room' | 'voice' | 'log'>,
    Omit<CommandedParts, 'hangUp'> {
  readonly initialProfile: BridgeOptions['profile'];
  /** In ms since 1970. */
  readonly startedAtMs: number;
  readonly emit: (event: RoomEventBody) => void;
  readonly messages: Pick<RoomMessages, 'away'>;
  readonly clients: Pick<BridgeClients, 'away'>;
  readonly end: (end: BridgeEnd) => void;
  readonly onGreeted: () => void;
}

export class BridgePeople {
  readonly greeting: Greeting;
  readonly idle: Idle;
  readonly #autoLeave: AutoLeave;
  readonly #control: Control;
  readonly #trouble: Trouble;
  readonly #encryption: Encryption;
  readonly #presence: BridgePeopleOptions['presence'];
  readonly #options: BridgePeopleOptions;
  #detach: () => void = () => {};

  constructor(options: BridgePeopleOptions) {
    this.#options = options;
    const { room, voice, log, initialProfile, startedAtMs, presence, session, connection, emit, end } =
      options;
    this.#presence = presence;
    const hangUp = (caller: string): void => end({ reason: 'hung-up', detail: `by ${caller}` });
    const handlers = commandHandlers(commandTargets({ ...options, hangUp }));
    this.greeting = new Greeting({
      room,
      voice,
      profile: initialProfile,
      session,
      onSent: () => {
        options.input.greeted();
        options.onGreeted();
      },
    });
    this.#control = new Control({ room, control: initialProfile.control, handlers, log });
    this.#trouble = new Trouble(room, emit);
    this.#encryption = new Encryption({ room, emit, onChange: () => this.#occupied(), log });
    this.idle = new Idle({
      room,
      idle: initialProfile.idle,
      say: (text) => session.sendText(text),
      onAway: (away) => {
        options.messages.away(away);
        options.clients.away(away);
      },
      hangUp: () => end({ reason: 'idle' }),
    });
    this.#autoLeave = new AutoLeave({
      room,
      limits: initialProfile.leave,
      ranMs: Math.max(0, Date.now() - startedAtMs),
      usedTokens: options.report.record.state.usage.total,
      leave: (reason) => end({ reason }),
      onOccupied: (occupied) => {
        this.#occupied();
        session.setOccupied(occupied);
      },
      onLimitNear: (reason, left) => emit({ type: 'session', state: connection(), reason, ...left }),
    });
  }

  start(): void {
    this.#presence.start();
    const { room, report, session, output } = this.#options;
    report.start({ session, output });
    room.admitStreams((identity, topic) => this.#admits(identity, topic));
    this.#detach = room.onEvent((event) => this.#onRoom(event));
    this.#autoLeave.start();
    this.#control.start();
    this.#trouble.start();
    this.#encryption.start();
    this.idle.start();
  }

  /** Whether the voice is audible. */
  speaking(speaking: boolean): void {
    this.#autoLeave.speaking(speaking);
  }

  /** A limit of the worker is near, or reached where nothing is left. */
  limit(limit: CallLimit, left?: LimitLeft): void {
    if (left) this.#autoLeave.near(limit, left);
    else this.#autoLeave.reached(limit);
  }

  observe(event: ModelEvent): void {
    if (event.type === 'usage') this.#used(event.usage.total);
    this.#trouble.observe(event);
  }

  close(): void {
    this.#detach();
    this.#options.report.close();
    this.#autoLeave.close();
    this.#control.close();
    this.#trouble.close();
    this.#encryption.close();
    this.greeting.close();
    this.idle.close();
  }

  /** @param tokens of a message that the record does not hold yet */
  #used(tokens: number): void {
    this.#autoLeave.used(this.#options.report.record.state.usage.total + tokens);
  }

  /** People whose tracks are encrypted with another key are there, and the agent does not listen to them. */
  #occupied(): void {
    const { room, presence } = this.#options;
    presence.occupied(room.participants().some((participant) => this.#encryption.reaches(participant)));
  }

  /** Called when a stream opens, so that a stream without permission is not read. */
  #admits(identity: string, topic: string): boolean {
    const profile = this.#options.profile.current;
    // Pictures of both topics go to the model.
    if (topic === TOPIC_CHAT || topic === TOPIC_IMAGES) return mayChat(profile, identity);
    return topic !== TOPIC_TOOL_RESPONSE || mayControl(profile.control, identity);
  }

  #onRoom(event: RoomEvent): void {
    const { typed } = this.#options;
    if (event.type !== 'stream-refused') return;
    const what =
      event.topic === TOPIC_CHAT
        ? 'a chat message'
        : event.topic === TOPIC_IMAGES
          ? 'a picture'
          : 'a message';
    typed.refused(event.identity, `${what} was not read: you may not send it, or have too many open`);
  }
}
