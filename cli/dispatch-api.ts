// The dispatches of one agent in one room, over LiveKit's server API.
import {
  type AgentDispatch,
  AgentDispatchClient,
  type ParticipantInfo,
  ParticipantInfo_State,
  RoomServiceClient,
} from 'livekit-server-sdk';
import { delay } from '../src/index.js';
import { agentIdentity, type Connection, httpUrlOf } from './connection.js';
import type { AgentPresence, DispatchApi, JobProgress } from './ensure-agent.js';
import { CliFailure } from './failure.js';

const POLL_MS = 250;
// Numbers of LiveKit's protocol that its server SDK does not pass on by name.
const KIND_AGENT = 4;
const JOB_PENDING = 0;
const JOB_RUNNING = 1;

export interface DispatchApiOptions {
  readonly connection: Connection;
  readonly room: string;
  /** The dispatch's metadata: a partial profile as JSON, or empty. */
  readonly metadata: string;
}

export function dispatchApi({ connection, room, metadata }: DispatchApiOptions): DispatchApi {
  const { url, apiKey, apiSecret, agentName } = connection;
  const dispatches = new AgentDispatchClient(httpUrlOf(url), apiKey, apiSecret);
  return {
    async create() {
      try {
        return (await dispatches.createDispatch(room, agentName, { metadata })).id;
      } catch (error) {
        const { status } = error as { status?: number };
        // What a server says that makes no rooms by itself; any other trouble of it looks the same.
        if (status !== 503 && status !== 404) throw error;
        throw new CliFailure(
          `${url} cannot dispatch into room ${room}: if it makes no rooms by itself, create it first`,
        );
      }
    },
    async progress(id) {
      return progressOf(await dispatches.getDispatch(id, room).catch(noneWhereMissing));
    },
    async remove(id) {
      await dispatches.deleteDispatch(id, room).catch(noneWhereMissing);
    },
  };
}

/** Asks the server who is in the room, for who is not in it himself. */
export function presenceByServer(connection: Connection, room: string, signal: AbortSignal): AgentPresence {
  const { url, apiKey, apiSecret, agentName } = connection;
  const rooms = new RoomServiceClient(httpUrlOf(url), apiKey, apiSecret);
  const isThere = async (): Promise<boolean> => {
    const present = await rooms.listParticipants(room).catch(noneWhereMissing);
    return (present ?? []).some((participant) => isAgent(participant, agentName));
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
  if (state === ParticipantInfo_State.DISCONNECTED || kind !== KIND_AGENT) return false;
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

/** A room or dispatch that is not there (any more) is an answer; everything else is an error. */
function noneWhereMissing(error: unknown): undefined {
  const { status, code } = error as { status?: number; code?: string };
  if (status === 404 || code === 'not_found') return undefined;
  throw error;
}
