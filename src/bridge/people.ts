// What people's presence means for a call: their commands, the greeting, and the end of a call that nobody is left in.
import { AutoLeave } from '../lanes/auto-leave.js';
import { Control } from '../lanes/control.js';
import { Greeting } from '../lanes/greeting.js';
import type { RoomEventBody } from '../protocol/events.js';
import type { ModelEvent } from '../session/port.js';
import { type CommandedParts, commandTargets } from './command-targets.js';
import { commandHandlers } from './commands.js';
import type { BridgeEnd, BridgeOptions } from './options.js';
import { Trouble } from './trouble.js';

export interface BridgePeopleOptions
  extends Pick<BridgeOptions, 'room' | 'voice' | 'log'>,
    Omit<CommandedParts, 'hangUp'> {
  readonly initialProfile: BridgeOptions['profile'];
  readonly emit: (event: RoomEventBody) => void;
  readonly end: (end: BridgeEnd) => void;
}

export class BridgePeople {
  readonly greeting: Greeting;
  readonly #autoLeave: AutoLeave;
  readonly #control: Control;
  readonly #trouble: Trouble;
  readonly #presence: BridgePeopleOptions['presence'];

  constructor(options: BridgePeopleOptions) {
    const { room, voice, log, initialProfile, presence, session, connection, emit, end } = options;
    this.#presence = presence;
    const hangUp = (caller: string): void => end({ reason: 'hung-up', detail: `by ${caller}` });
    const handlers = commandHandlers(commandTargets({ ...options, hangUp }));
    this.greeting = new Greeting({ room, voice, profile: initialProfile, session });
    this.#control = new Control({ room, control: initialProfile.control, handlers, log });
    this.#trouble = new Trouble(room, emit);
    this.#autoLeave = new AutoLeave({
      room,
      limits: initialProfile.leave,
      leave: (reason) => end({ reason }),
      onOccupied: (occupied) => {
        presence.occupied(occupied);
        session.setOccupied(occupied);
      },
      onLimitNear: (leftMs) => emit({ type: 'session', state: connection(), reason: 'max-duration', leftMs }),
    });
  }

  start(): void {
    this.#presence.start();
    this.#autoLeave.start();
    this.#control.start();
    this.#trouble.start();
  }

  /** Whether the voice is being heard. */
  speaking(speaking: boolean): void {
    this.#autoLeave.speaking(speaking);
  }

  observe(event: ModelEvent): void {
    this.#trouble.observe(event);
  }

  close(): void {
    this.#autoLeave.close();
    this.#control.close();
    this.#trouble.close();
    this.greeting.close();
  }
}
