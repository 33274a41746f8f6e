// ensureAgent(): brings the agent into a room, for backends; fails when it does not join.
import { readEnvironment } from '../config/environment.js';
import { type AgentPresence, bringAgent } from './bring-agent.js';
import { type Connection, dispatchApi, presenceByServer } from './dispatch-api.js';
import { DispatchError } from './dispatch-error.js';
import { agentIdentity } from './identity.js';
import { servesAnyRoom } from './room-agents.js';

/** Options of ensureAgent(). Times are in ms. */
export interface EnsureAgentOptions {
  /** The LiveKit deployment; omitted: LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET of the environment. */
  readonly livekit?: Omit<Connection, 'agentName'>;
  /** The agent's name; omitted: AGENT_NAME of the environment. */
  readonly agentName?: string;
  /** The partial profile for this room, as an object or as JSON text. */
  readonly profile?: object | string;
  /** The time limit in ms; omitted: 10,000, which allows three dispatches. */
  readonly totalMs?: number;
  readonly signal?: AbortSignal;
  /** Called for each dispatch, the first with attempt 1. */
  readonly onDispatched?: (dispatchId: string, attempt: number) => void;
  /** Reports whether the agent is present, for callers that are in the room; omitted: the server API is used. */
  readonly presence?: AgentPresence;
}

/** The agent that is in the room, and how it came there. */
export interface EnsuredAgent {
  /** `present`: it was in the room before, and answers. */
  readonly how: 'present' | 'joined';
  /** The agent's identity in the room. */
  readonly identity: string;
  /** The number of dispatches. */
  readonly attempts: number;
}

const TOTAL_MS = 10_000;

/**
 * Brings the agent into a room unless it is there: creates the room if the server does not, dispatches the agent,
 * waits until it has joined, and dispatches again after 3 s (LiveKit drops a dispatch that no worker can accept at that
 * moment). There are never two agents: of several jobs in one room the workers let one join.
 *
 * @throws DispatchError with `reason`: no-worker, full, left or no-room; the signal's reason when aborted; and what
 * the server API throws when it refuses the key or cannot be reached
 */
export async function ensureAgent(room: string, options: EnsureAgentOptions = {}): Promise<EnsuredAgent> {
  const connection = connectionOf(options);
  const { agentName } = connection;
  const { totalMs = TOTAL_MS, signal = new AbortController().signal, profile = '' } = options;
  if (agentName === '') {
    throw new DispatchError('no-worker', 'an agent with an empty AGENT_NAME joins every room automatically');
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
      servesOthers: () => servesAnyRoom(connection),
    },
  );
  return { how, identity: agentIdentity(agentName), attempts };
}

function connectionOf({ livekit, agentName }: EnsureAgentOptions): Connection {
  if (livekit && agentName !== undefined) return { ...livekit, agentName };
  const environment = readEnvironment();
  return { ...environment.livekit, ...livekit, agentName: agentName ?? environment.agentName };
}
