// A bridge in a process of its own, for measuring what a call costs and leaves behind.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LiveKitServer } from './livekit-server.js';
import { agentToken } from './tokens.js';

export interface CallProcess extends AsyncDisposable {
  /** After a garbage collection, in bytes. */
  memory(): Promise<{ readonly heapUsed: number; readonly rss: number }>;
  /** A digest of each frame of speech that the microphone has brought since this was asked for last. */
  voiced(): Promise<readonly string[]>;
  /** Since this was asked for last. */
  strain(): Promise<Strain>;
  readonly hasEnded: boolean;
}

export interface Strain {
  /** The longest time in which the voice had nothing left to play, without that in which the process waited for a core. */
  readonly dryMs: number;
  /** The most memory that the process had, in bytes. */
  readonly peakRss: number;
  /** Cores that the process has used, on average. */
  readonly cpu: number;
}

export async function startCallProcess(options: {
  readonly livekit: LiveKitServer;
  readonly liveApiUrl: string;
  readonly room: string;
  /** The dispatch's metadata. */
  readonly profile?: object;
  /** With the optimiser, as a worker runs it. */
  readonly optimised?: boolean;
}): Promise<CallProcess> {
  const { livekit, liveApiUrl, room } = options;
  const path = fileURLToPath(new URL('./call-process.mjs', import.meta.url));
  const child: ChildProcess = fork(path, options.optimised ? ['measured'] : [], {
    // Without the optimiser: for as long as it works, what it compiles and keeps of it grows, and would hide a leak.
    execArgv: options.optimised ? ['--expose-gc'] : ['--expose-gc', '--no-opt', '--no-sparkplug'],
  });
  child.send({
    type: 'call',
    room,
    url: livekit.url,
    token: await agentToken({ identity: 'agent-gemini', room }),
    baseUrl: liveApiUrl,
    metadata: JSON.stringify(options.profile ?? {}),
  });
  const ask = async (type: 'memory' | 'voiced' | 'strain'): Promise<unknown> => {
    child.send({ type });
    const [answer] = await once(child, 'message');
    return answer;
  };
  return {
    get hasEnded() {
      return child.exitCode !== null;
    },
    memory: async () => (await ask('memory')) as { heapUsed: number; rss: number },
    strain: async () => (await ask('strain')) as Strain,
    voiced: async () => (await ask('voiced')) as string[],
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}
