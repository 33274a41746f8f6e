// Lane: the agent's commands as RPC methods: checks the caller's permission and the payload before each handler runs.
import type { Profile } from '../profile/profile.js';
import { type CommandMethod, type CommandPayload, parseCommand } from '../protocol/commands.js';
import type { RoomPort, RpcCall } from '../room/port.js';
import { RpcFailure } from '../room/rpc-failure.js';
import { mayControl } from '../tools/permission.js';
import type { Logger } from '../util/log.js';

/** The codes of refused commands: an application's own, beside LiveKit's 1001 to 1999. */
export const COMMAND_REFUSED = {
  /** The payload is not what the method takes. */
  badRequest: 400,
  /** The profile's `control` does not name the caller. */
  notAllowed: 403,
  /** Not now, or not with this model or profile. */
  conflict: 409,
} as const;

/** A command that is not carried out, in words for the caller. */
export class CommandRefusal extends Error {
  override readonly name = 'CommandRefusal';
  readonly reason: keyof typeof COMMAND_REFUSED;

  constructor(reason: keyof typeof COMMAND_REFUSED, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Carries a command out and gives the answer, an object or nothing. @throws CommandRefusal
 */
export type CommandHandlers = {
  readonly [M in CommandMethod]?: (payload: CommandPayload<M>, caller: string) => object | undefined;
};

export interface ControlOptions {
  readonly room: RoomPort;
  readonly control: Profile['control'];
  readonly handlers: CommandHandlers;
  readonly log: Logger;
}

/** RpcFailure carries at most so many characters of a message; LiveKit cuts longer ones. */
const MAX_MESSAGE_CHARS = 250;

export function attachControl(options: ControlOptions): () => void {
  const methods = Object.keys(options.handlers) as CommandMethod[];
  const detach = methods.map((method) =>
    options.room.onRpc(method, async (call) => answer(method, call, options)),
  );
  return () => {
    for (const end of detach) end();
  };
}

function answer<M extends CommandMethod>(method: M, call: RpcCall, options: ControlOptions): string {
  const { callerIdentity, payload } = call;
  if (!mayControl(options.control, callerIdentity)) {
    throw refused('notAllowed', `${callerIdentity} may not command the agent`);
  }
  const parsed = parseCommand(method, payload);
  if (!parsed.ok) throw refused('badRequest', `${method}: ${parsed.message}`);
  try {
    const handler = options.handlers[method];
    return JSON.stringify(handler?.(parsed.value, callerIdentity) ?? {});
  } catch (error) {
    if (!(error instanceof CommandRefusal)) throw error;
    options.log.info({ method, caller: callerIdentity, reason: error.message }, 'a command was refused');
    throw refused(error.reason, `${method}: ${error.message}`);
  }
}

function refused(reason: keyof typeof COMMAND_REFUSED, message: string): RpcFailure {
  const cut = message.length > MAX_MESSAGE_CHARS ? `${message.slice(0, MAX_MESSAGE_CHARS - 1)}…` : message;
  return new RpcFailure(COMMAND_REFUSED[reason], cut);
}
