// Guests nobody vouches for, each in a process of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LiveKitServer } from './livekit-server.js';
import { personToken } from './tokens.js';

export interface Guest extends AsyncDisposable {
  /** Leaves, and joins under another name. */
  rejoin(identity: string): Promise<void>;
  /** Resolves when it has done so, `times` over. What the agent refuses is no failure. */
  does(what: string, times?: number): Promise<void>;
}

interface Answer {
  readonly ok: boolean;
  readonly message?: string;
}

/** As whom a guest can join besides. */
const OTHERS = 100;
/** Who answers echo, beside everybody else. */
export const ECHO_IDENTITY = 'echo';

export function joinGuest(livekit: LiveKitServer, room: string, identity: string): Promise<Guest> {
  return join(livekit, room, identity, []);
}

/** Somebody whose RPC method `echo` answers with its payload: how long an answer takes by way of the room and two processes. */
export function joinEcho(livekit: LiveKitServer, room: string): Promise<AsyncDisposable> {
  return join(livekit, room, ECHO_IDENTITY, ['echo']);
}

async function join(
  livekit: LiveKitServer,
  room: string,
  identity: string,
  args: readonly string[],
): Promise<Guest> {
  const child = fork(fileURLToPath(new URL('./guests.mjs', import.meta.url)), args, { stdio: 'ignore' });
  const ask = async (message: object): Promise<void> => {
    child.send(message);
    const answered = new AbortController();
    const { signal } = answered;
    const exit = once(child, 'exit', { signal }).then(([code]) => [
      { ok: false, message: `ended (${code})` },
    ]);
    const [answer] = (await Promise.race([once(child, 'message', { signal }), exit])) as [Answer];
    answered.abort();
    if (!answer.ok) throw new Error(`${identity}: ${answer.message}`);
  };
  const tokenOf = (name: string): Promise<string> => personToken({ identity: name, room });
  const rejoin = async (name: string): Promise<void> => {
    const others = await Promise.all(
      Array.from({ length: OTHERS }, (_, nth) => tokenOf(`${name}-${nth} \u001b[2J\u202e`)),
    );
    await ask({ type: 'join', url: livekit.url, token: await tokenOf(name), others });
  };
  await rejoin(identity);
  return {
    rejoin,
    does: (what, times = 1) => ask({ type: 'do', what, times }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}
