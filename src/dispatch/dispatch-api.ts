// The dispatches of one agent in one room, over LiveKit's server API.
import type { AgentDispatch, ParticipantInfo } from 'livekit-server-sdk';
import { delay } from '../util/abort.js';
import type { AgentPresence, DispatchApi, JobProgress } from './bring-agent.js';
import { DispatchError } from './dispatch-error.js';
import { agentIdentity } from './identity.js';
import { dispatchesOf, holderOf } from './room-agents.js';
import {
  dispatchClient,
  JOB_PENDING,
  JOB_RUNNING,
  KIND_AGENT,
  noneWhereMissing,
  roomService,
  STATE_DISCONNECTED,
  serverSdk,
} from './server-sdk.js';

/** A LiveKit deployment and the name of the agent. */
export interface Connection {
  /** `ws:`, `wss:`, `http:` or `https:`. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly agentName: string;
}

const POLL_MS = 250;
const PROBE_MS = 800;

/** The deployment, the room and the metadata for dispatchApi(). */
export interface DispatchApiOptions {
  readonly connection: Connection;
  readonly room: string;
  /** The dispatch's metadata: a partial profile as JSON, or empty. */
  readonly metadata: string;
}

/** The dispatches of one agent in one room over LiveKit's server API; create() also creates the room if needed. */
export function dispatchApi(options: DispatchApiOptions): DispatchApi {
  const { connection, room, metadata } = options;
  const { agentName } = connection;
  let client: ReturnType<typeof dispatchClient> | undefined;
  const dispatches = (): ReturnType<typeof dispatchClient> => {
    client ??= dispatchClient(connection);
    return client;
  };
  return {
    async create() {
      try {
        return (await (await dispatches()).createDispatch(room, agentName, { metadata })).id;
      } catch (error) {
        const { status } = error as { status?: number };
        // The answers of a server that does not create rooms automatically; other failures may have the same status.
        if (status !== 503 && status !== 404) throw error;
        return createWithRoom(options, error);
      }
    },
    async progress(id) {
      return progressOf(await (await dispatches()).getDispatch(id, room).catch(noneWhereMissing));
    },
    async remove(id) {
      await (await dispatches()).deleteDispatch(id, room).catch(noneWhereMissing);
    },
  };
}

/** Creates the room together with the agent's dispatch. */
async function createWithRoom(
  { connection, room, metadata }: DispatchApiOptions,
  cause: unknown,
): Promise<string> {
  const { agentName } = connection;
  try {
    const [rooms, { RoomAgentDispatch }] = await Promise.all([roomService(connection), serverSdk()]);
    await rooms.createRoom({ name: room, agents: [new RoomAgentDispatch({ agentName, metadata })] });
    const made = (await dispatchesOf({ ...connection, room })).at(-1);
    if (made) return made.id;
  } catch {
    // The error of the first attempt is the more helpful one and is thrown below.
  }
  const message = `the LiveKit server cannot dispatch into room ${room}, nor make it: create it first`;
  throw new DispatchError('no-room', message, cause);
}

/** Reads the room's participants from the server API, for callers that are not in the room. */
export function presenceByServer(connection: Connection, room: string, signal: AbortSignal): AgentPresence {
  const { agentName } = connection;
  let firstLook = true;
  let deadSid: string | undefined;
  const isThere = async (): Promise<boolean> => {
    const rooms = await roomService(connection);
    const present = (await rooms.listParticipants(room).catch(noneWhereMissing)) ?? [];
    const agent = present.find((participant) => isAgent(participant, agentName));
    const isFirstLook = firstLook;
    firstLook = false;
    if (!agent || agent.sid === deadSid) return false;
    // The server lists an agent whose process was killed for up to 20 s: it must answer an RPC to count as present.
    if (isFirstLook && (await holderOf({ ...connection, room }, PROBE_MS)) !== 'live') deadSid = agent.sid;
    return agent.sid !== deadSid;
  };
  const comes = async (ms: number): Promise<boolean> => {
    const endsMs = performance.now() + ms;
    for (;;) {
      if (await isThere()) return true;
      const leftMs = endsMs - performance.now();
      if (leftMs <= 0 || signal.aborted) return false;
      await delay(Math.min(POLL_MS, leftMs), signal);
    }
  };
  return { isThere, comes };
}

function isAgent(participant: ParticipantInfo, agentName: string): boolean {
  const { identity, kind, state, attributes } = participant;
  if ((state as number) === STATE_DISCONNECTED || kind !== KIND_AGENT) return false;
  return identity === agentIdentity(agentName) || attributes['lk.agent.name'] === agentName;
}

function progressOf(dispatch: AgentDispatch | undefined): JobProgress {
  const states: readonly (number | undefined)[] = (dispatch?.state?.jobs ?? []).map(
    (job) => job.state?.status,
  );
  if (states.length === 0) return 'none';
  if (states.includes(JOB_RUNNING)) return 'running';
  return states.includes(JOB_PENDING) ? 'waiting' : 'ended';
}
