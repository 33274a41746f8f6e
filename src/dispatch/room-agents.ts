// Reads from the server which participant has the agent's identity in a room, and the agent's dispatches.

import type { ParticipantInfo } from 'livekit-server-sdk';
import { delay, within } from '../util/abort.js';
import { agentIdentity } from './identity.js';
import {
  dispatchClient,
  httpUrlOf,
  JOB_PENDING,
  JOB_RUNNING,
  KIND_AGENT,
  KIND_EGRESS,
  noneWhereMissing,
  roomService,
  STATE_ACTIVE,
  STATE_DISCONNECTED,
  serverSdk,
} from './server-sdk.js';

/** A room and an agent on a LiveKit server, with the key of its API. */
export interface HolderQuery {
  /** The LiveKit server, ws or http. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly room: string;
  readonly agentName: string;
}

/** A dispatch of the agent into the room, as the server lists it. */
export interface RoomDispatch {
  readonly id: string;
  /** By the server's clock. */
  readonly createdAtMs: number;
  /** The state of its jobs; `none`: no worker has accepted one, or the server does not list it yet. */
  readonly jobs: 'none' | 'running' | 'ended';
}

/** A live holder answers within milliseconds; a dead one delays the start of a call by this time. */
const ANSWER_WITHIN_MS = 1_500;
const REQUEST_WITHIN_S = 5;
const ROOMS_LOOKED_AT = 100;
const ROOMS_AT_ONCE = 5;
/** LiveKit's codes for a recipient that is not found, cannot be reached, does not answer, or leaves meanwhile. */
const UNANSWERED = /RpcError (1401|1501|1502|1503)\b/;
/** The server's own words where the recipient has joined, and its data channel is not open. */
const NO_CHANNEL = /data channel is not available/;
const ASK_AGAIN_MS = 150;
/** A method that every agent has; any answer shows that the agent lives. */
const PROBE_METHOD = 'get_state';

/** Which participant has the agent's identity in the room: none, one that answers, or one that does not. */
export type Holder =
  | 'none'
  | 'live'
  /** Listed, but does not answer: its process was killed, or hangs. */
  | 'dead';

/**
 * The server lists a participant whose process has died for another 20 s. So a listed holder is sent an RPC: any
 * answer, also a refusal, shows that its process is alive.
 *
 * @throws when the server API cannot be reached
 */
export async function holderOf(query: HolderQuery, answerWithinMs = ANSWER_WITHIN_MS): Promise<Holder> {
  const expected = agentIdentity(query.agentName);
  const participants = await participantsOf(query);
  const isListed = participants.some(({ identity, kind, state }) => {
    const isAgent = (kind as number) === KIND_AGENT;
    return identity === expected && isAgent && (state as number) !== STATE_DISCONNECTED;
  });
  if (!isListed) return 'none';
  const isAnswered = await within(answers(query, expected, answerWithinMs), answerWithinMs + 500);
  return isAnswered === true ? 'live' : 'dead';
}

/** Who has the agent's identity in the room: a participant of another kind has taken its place by joining under it. */
export type Place = 'free' | 'agent' | 'other' | 'no-room';

/** @throws when the server cannot be asked */
export async function placeOf(query: HolderQuery): Promise<Place> {
  const expected = agentIdentity(query.agentName);
  const participants = await participantsOf(query);
  const there = participants.filter(({ state }) => (state as number) !== STATE_DISCONNECTED);
  if (there.length === 0) return 'no-room';
  const holder = there.find(({ identity }) => identity === expected);
  if (!holder) return 'free';
  return (holder.kind as number) === KIND_AGENT ? 'agent' : 'other';
}

/**
 * Everyone who is connected, by the server's list.
 *
 * @throws when the server cannot be asked
 */
export async function connectedTo(
  query: HolderQuery,
): Promise<{ identity: string; isPerson: boolean; tracks: number }[]> {
  const participants = await participantsOf(query);
  return participants
    .filter(({ state }) => (state as number) === STATE_ACTIVE)
    .map(({ identity, kind, permission, tracks }) => {
      const isMachine = (kind as number) === KIND_AGENT || (kind as number) === KIND_EGRESS;
      return { identity, isPerson: !isMachine && permission?.hidden !== true, tracks: tracks.length };
    });
}

async function participantsOf(query: HolderQuery): Promise<ParticipantInfo[]> {
  const rooms = await roomService(query, REQUEST_WITHIN_S);
  return (await rooms.listParticipants(query.room).catch(noneWhereMissing)) ?? [];
}

/**
 * Whether an agent of this name serves any room. Some rooms are looked at, a few at a time and each caller's in an order
 * of its own: in a burst, hundreds of callers ask this at once, and the server would answer none of them in time.
 */
export async function servesAnyRoom(query: Omit<HolderQuery, 'room'>): Promise<boolean> {
  const service = await roomService(query, REQUEST_WITHIN_S);
  const expected = agentIdentity(query.agentName);
  // numParticipants of a room does not count agents.
  const names = (await service.listRooms()).map(({ name }) => name);
  const looked = shuffled(names).slice(0, ROOMS_LOOKED_AT);
  while (looked.length > 0) {
    const some = looked.splice(0, ROOMS_AT_ONCE);
    const lists = await Promise.all(some.map((name) => service.listParticipants(name).catch(() => [])));
    if (lists.flat().some(({ identity }) => identity === expected)) return true;
  }
  return false;
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

/** Dispatches of this agent into the room that were not deleted, oldest first. */
export async function dispatchesOf(query: HolderQuery): Promise<RoomDispatch[]> {
  const dispatches = await dispatchClient(query, REQUEST_WITHIN_S);
  const found = (await dispatches.listDispatch(query.room).catch(noneWhereMissing)) ?? [];
  return found
    .filter(({ agentName, state }) => agentName === query.agentName && !state?.deletedAt)
    .map(({ id, state }) => ({
      id,
      createdAtMs: Number((state?.createdAt ?? 0n) / 1_000_000n),
      jobs: progressOf((state?.jobs ?? []).map((job) => Number(job.state?.status ?? JOB_PENDING))),
    }))
    .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
}

/** Whether a dispatch exists: it was not deleted, and its room not closed. */
export async function isDispatched(query: HolderQuery, dispatchId: string): Promise<boolean> {
  const dispatches = await dispatchClient(query, REQUEST_WITHIN_S);
  const found = await dispatches.getDispatch(dispatchId, query.room).catch(noneWhereMissing);
  return found !== undefined && !found.state?.deletedAt;
}

function progressOf(states: readonly number[]): RoomDispatch['jobs'] {
  if (states.length === 0) return 'none';
  return states.some((state) => state === JOB_PENDING || state === JOB_RUNNING) ? 'running' : 'ended';
}

/** Asks again while the holder has no data channel: one that joins has it a moment later, one that was killed never. */
async function answers(query: HolderQuery, identity: string, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const answer = await askHolder(query, identity, Math.max(1, Math.round(untilMs - performance.now())));
    if (answer !== 'unreached') return answer === 'answered';
    if (performance.now() + ASK_AGAIN_MS >= untilMs) return false;
    await delay(ASK_AGAIN_MS);
  }
}

/** The server SDK has no method for this request yet; it is made like the SDK's own. */
async function askHolder(
  { url, apiKey, apiSecret, room }: HolderQuery,
  identity: string,
  withinMs: number,
): Promise<'answered' | 'silent' | 'unreached'> {
  const { AccessToken } = await serverSdk();
  const access = new AccessToken(apiKey, apiSecret, { ttl: 60 });
  access.addGrant({ roomAdmin: true, room });
  const response = await fetch(new URL('/twirp/livekit.RoomService/PerformRpc', httpUrlOf(url)), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await access.toJwt()}` },
    body: JSON.stringify({
      room,
      destinationIdentity: identity,
      method: PROBE_METHOD,
      payload: '',
      responseTimeoutMs: withinMs,
    }),
    signal: AbortSignal.timeout(REQUEST_WITHIN_S * 1000),
  });
  if (response.ok) return 'answered';
  const { code, msg } = (await response.json().catch(() => ({}))) as { code?: unknown; msg?: unknown };
  // No answer in time, or a participant that has left, also while it was asked. Every other error came from the holder,
  // or from a server without this request, where the list of participants has to be trusted.
  if (code === 'canceled' || code === 'unavailable' || code === 'not_found') return 'silent';
  if (NO_CHANNEL.test(String(msg))) return 'unreached';
  return UNANSWERED.test(String(msg)) ? 'silent' : 'answered';
}
