// Whether a participant is there and alive, asked from outside the room: a job joins only where no other agent serves.
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';

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

/**
 * The server lists a participant whose process was killed, or has hung, for another 20 s as if it were
 * there. So a holder that is listed is called: any answer, a refusal too, shows that somebody is behind it.
 *
 * @throws when the server cannot be asked
 */
export async function hasLiveHolder(query: HolderQuery): Promise<boolean> {
  const rooms = new RoomServiceClient(httpUrl(query.url), query.apiKey, query.apiSecret, {
    requestTimeout: REQUEST_WITHIN_S,
  });
  const participants = await rooms.listParticipants(query.room).catch((error: unknown) => {
    if ((error as { status?: number }).status === 404) return [];
    throw error;
  });
  const isListed = participants.some(({ identity, kind, state }) => {
    const isAgent: boolean = (kind as number) === KIND_AGENT;
    return identity === query.identity && isAgent && (state as number) !== STATE_DISCONNECTED;
  });
  return isListed && (await answers(query));
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

function httpUrl(url: string): string {
  return url.replace(/^ws/, 'http');
}
