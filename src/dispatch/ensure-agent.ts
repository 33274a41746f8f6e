// ensureAgent(): for backends that want the agent in a room, and want to know when it cannot be had.
import { readEnvironment } from '../config/environment.js';
import { type AgentPresence, bringAgent } from './bring-agent.js';
import { type Connection, dispatchApi, presenceByServer } from './dispatch-api.js';
import { DispatchError } from './dispatch-error.js';
import { agentIdentity } from './identity.js';
import { busyAgents } from './room-agents.js';

export interface EnsureAgentOptions {
  /** The deployment; LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET of the environment where omitted. */
  readonly livekit?: Omit<Connection, 'agentName'>;
  /** The name that the agent is dispatched by; AGENT_NAME of the environment where omitted. */
  readonly agentName?: string;
  /** What the agent is to be in this room: a partial profile, or the same as JSON text. */
  readonly profile?: object | string;
  /** How long to try at most, in ms: 10,000 where omitted, which is three dispatches. */
  readonly totalMs?: number;
  readonly signal?: AbortSignal;
  /** Called for each dispatch that is made, the first with attempt 1. */
  readonly onDispatched?: (dispatchId: string, attempt: number) => void;
  /** Tells whether the agent is there, for those who are in the room themselves; the server is asked where omitted. */
  readonly presence?: AgentPresence;
}

export interface EnsuredAgent {
  /** `present`: it was there before, and answers. */
  readonly how: 'present' | 'joined';
  /** Under which it is in the room. */
  readonly identity: string;
  /** Dispatches that were made. */
  readonly attempts: number;
}

const TOTAL_MS = 10_000;

/**
 * Puts the agent into a room unless it is there: makes the room where the server makes none by itself, dispatches,
 * sees the agent join, and dispatches again when it has not within 3 s (LiveKit loses what no worker can take at that
 * moment). Never two agents: of several jobs in one room the workers let one join.
 *
 * @throws DispatchError with `reason`: no-worker, full, left or no-room; the signal's reason when aborted; and what
 * the server's API throws when it refuses the key or cannot be reached
 */
export async function ensureAgent(room: string, options: EnsureAgentOptions = {}): Promise<EnsuredAgent> {
  const connection = connectionOf(options);
  const { agentName } = connection;
  const { totalMs = TOTAL_MS, signal = new AbortController().signal, profile = '' } = options;
  if (agentName === '') {
    throw new DispatchError('no-worker', 'an agent with an empty AGENT_NAME comes into every room by itself');
  }
  const metadata = typeof profile === 'string' ? profile : JSON.stringify(profile);
  let attempts = 0;
  const how = await bringAgent(
    dispatchApi({ connection, room, metadata }),
    options.presence ?? presenceByServer(connection, room, signal),
    {
      agentName,
      room,
      totalMs,
      signal,
      onDispatched: (dispatchId, attempt) => {
        attempts = attempt;
        options.onDispatched?.(dispatchId, attempt);
      },
      busyAgents: () => busyAgents(connection),
    },
  );
  return { how, identity: agentIdentity(agentName), attempts };
}

function connectionOf({ livekit, agentName }: EnsureAgentOptions): Connection {
  if (livekit && agentName !== undefined) return { ...livekit, agentName };
  const environment = readEnvironment();
  return { ...environment.livekit, ...livekit, agentName: agentName ?? environment.agentName };
}
