// Who holds a room under an identity, asked from outside: a job joins only where no other agent is alive.
import { AccessToken, AgentDispatchClient, RoomServiceClient } from 'livekit-server-sdk';

export interface HolderQuery {
  /** The LiveKit server, ws or http. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly room: string;
  /** Under which the agent joins, on every worker. */
  readonly identity: string;
}

// Numbers of LiveKit's protocol that its server SDK does not pass on by name.
const KIND_AGENT = 4;
const STATE_DISCONNECTED = 3;
/** A live holder answers within milliseconds; a call that starts does not wait for a dead one for longer. */
const ANSWER_WITHIN_MS = 1_500;
const REQUEST_WITHIN_S = 5;
/** Every agent has it. What it answers does not matter. */
const PROBE_METHOD = 'get_state';

export type Holder =
  | 'none'
  | 'live'
  /** Listed, and nobody answers: its process was killed, or hangs. */
  | 'dead';

/**
 * The server lists a participant whose process is gone for another 20 s as if it were there. So a holder
 * that is listed is called: any answer, a refusal too, shows that somebody is behind it.
 *
 * @throws when the server cannot be asked
 */
export async function holderOf(query: HolderQuery): Promise<Holder> {
  const participants = await roomService(query)
    .listParticipants(query.room)
    .catch((error: unknown) => {
      if (isNotFound(error)) return [];
      throw error;
    });
  const isListed = participants.some(({ identity, kind, state }) => {
    const isAgent = (kind as number) === KIND_AGENT;
    return identity === query.identity && isAgent && (state as number) !== STATE_DISCONNECTED;
  });
  if (!isListed) return 'none';
  return (await answers(query)) ? 'live' : 'dead';
}

/**
 * Takes a dead holder off the server's list. To be done before a job is accepted: at the end of a participant
 * the server ends the job that it knows under that identity, and that would be the new one.
 */
export async function removeHolder(query: HolderQuery): Promise<void> {
  await roomService(query)
    .removeParticipant(query.room, query.identity)
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
}

/** Whether a dispatch is still there: it was not taken back, and its room not closed. */
export async function isDispatched(query: HolderQuery, dispatchId: string): Promise<boolean> {
  const { url, apiKey, apiSecret, room } = query;
  const dispatches = new AgentDispatchClient(httpUrl(url), apiKey, apiSecret, {
    requestTimeout: REQUEST_WITHIN_S,
  });
  const found = await dispatches.getDispatch(dispatchId, room).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  return found !== undefined && !found.state?.deletedAt;
}

/** The server SDK has no call for this yet, so it is made as the SDK makes its own. */
async function answers({ url, apiKey, apiSecret, room, identity }: HolderQuery): Promise<boolean> {
  const access = new AccessToken(apiKey, apiSecret, { ttl: 60 });
  access.addGrant({ roomAdmin: true, room });
  const response = await fetch(new URL('/twirp/livekit.RoomService/PerformRpc', httpUrl(url)), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await access.toJwt()}` },
    body: JSON.stringify({
      room,
      destinationIdentity: identity,
      method: PROBE_METHOD,
      payload: '',
      responseTimeoutMs: ANSWER_WITHIN_MS,
    }),
    signal: AbortSignal.timeout(REQUEST_WITHIN_S * 1000),
  });
  if (response.ok) return true;
  const { code } = (await response.json().catch(() => ({}))) as { code?: unknown };
  // No answer in time, or gone meanwhile. Every other refusal came from the holder, or from a server that
  // knows no such call, where what it lists has to be believed.
  return code !== 'canceled' && code !== 'unavailable' && code !== 'not_found';
}

function roomService({ url, apiKey, apiSecret }: HolderQuery): RoomServiceClient {
  return new RoomServiceClient(httpUrl(url), apiKey, apiSecret, { requestTimeout: REQUEST_WITHIN_S });
}

function isNotFound(error: unknown): boolean {
  const { status, code } = error as { status?: number; code?: string };
  return status === 404 || code === 'not_found';
}

function httpUrl(url: string): string {
  return url.replace(/^ws/, 'http');
}
