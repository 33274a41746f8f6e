// Lane: the agent's commands as RPC methods: checks the caller's permission, rate and payload before each handler runs.
import type { Profile } from '../profile/profile.js';
import { type CommandMethod, type CommandPayload, parseCommand } from '../protocol/commands.js';
import type { RoomPort, RpcCall } from '../room/port.js';
import { RpcFailure } from '../room/rpc-failure.js';
import { mayControl } from '../tools/permission.js';
import type { Logger } from '../util/log.js';
import { RateLimits } from '../util/rate-limits.js';

/** Error codes of refused commands; LiveKit reserves 1001 to 1999. */
export const COMMAND_REFUSED = {
  /** The payload does not match the method's schema. */
  badRequest: 400,
  /** The profile's `control` does not name the caller. */
  notAllowed: 403,
  /** Not possible at this moment, or with this model or profile. */
  conflict: 409,
  /** The caller sends it too often. */
  tooMany: 429,
} as const;

/** The reason why a command is refused, for the caller. */
export class CommandRefusal extends Error {
  override readonly name = 'CommandRefusal';
  readonly reason: keyof typeof COMMAND_REFUSED;

  constructor(reason: keyof typeof COMMAND_REFUSED, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Executes a command and returns its answer, an object or nothing. @throws CommandRefusal
 */
export type CommandHandlers = {
  readonly [M in CommandMethod]?: (payload: CommandPayload<M>, caller: string) => object | undefined;
};

export interface ControlOptions {
  readonly room: Pick<RoomPort, 'onRpc'>;
  readonly control: Profile['control'];
  readonly handlers: CommandHandlers;
  readonly log: Logger;
}

/** Limit of an RPC error message; LiveKit truncates longer ones. */
const MAX_MESSAGE_CHARS = 250;
/** Lower than for other commands: checking a whole profile takes CPU time. */
const CONFIGURE_RATE = { burst: 1, perSecond: 1 };
/** Above any client's use; a client that sends commands in a loop would block the event loop. */
const COMMAND_RATE = { burst: 40, perSecond: 20 };

export class Control {
  readonly #options: ControlOptions;
  readonly #configures = new RateLimits(CONFIGURE_RATE);
  readonly #commands = new RateLimits(COMMAND_RATE);
  readonly #detach: (() => void)[] = [];

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  start(): void {
    for (const method of Object.keys(this.#options.handlers) as CommandMethod[]) {
      this.#detach.push(this.#options.room.onRpc(method, async (call) => this.#answer(method, call)));
    }
  }

  close(): void {
    for (const detach of this.#detach.splice(0)) detach();
  }

  #answer<M extends CommandMethod>(method: M, { callerIdentity, payload }: RpcCall): string {
    const { control, handlers, log } = this.#options;
    // `approve` has its own list of identities in the tool.
    if (method !== 'approve' && !mayControl(control, callerIdentity)) {
      throw refused('notAllowed', `${callerIdentity} may not command the agent`);
    }
    if (method === 'configure') this.#demandList('configure');
    this.#demandToken(this.#commands, method, callerIdentity);
    const parsed = parseCommand(method, payload);
    if (!parsed.ok) throw refused('badRequest', `${method}: ${parsed.message}`);
    if (method === 'configure') this.#demandToken(this.#configures, method, callerIdentity);
    if (method === 'add_context' && putsWordsIntoTheModel(parsed.value))
      this.#demandList(`${method} with the role model`);
    try {
      return JSON.stringify(handlers[method]?.(parsed.value, callerIdentity) ?? {});
    } catch (error) {
      if (!(error instanceof CommandRefusal)) throw error;
      log.info({ method, caller: callerIdentity, reason: error.reason }, 'a command was refused');
      throw refused(error.reason, `${method}: ${error.message}`);
    }
  }

  #demandToken(limits: RateLimits, method: CommandMethod, caller: string): void {
    if (limits.take(caller)) return;
    throw refused('tooMany', `${method}: too often, try again in a second`);
  }

  /** With `control: anyone` a guest could change the agent's instructions, or add turns in its name. */
  #demandList(what: string): void {
    if (this.#options.control !== 'anyone') return;
    throw refused('notAllowed', `${what} needs a list of identities in the profile's control`);
  }
}

function putsWordsIntoTheModel(payload: object): boolean {
  const { turns } = payload as { readonly turns?: readonly { readonly role?: string }[] };
  return turns?.some(({ role }) => role === 'model') ?? false;
}

function refused(reason: keyof typeof COMMAND_REFUSED, message: string): RpcFailure {
  const cut = message.length > MAX_MESSAGE_CHARS ? `${message.slice(0, MAX_MESSAGE_CHARS - 1)}…` : message;
  return new RpcFailure(COMMAND_REFUSED[reason], cut.toWellFormed());
}
