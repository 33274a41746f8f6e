// Signs LiveKit access tokens (JWT, HS256) and makes the link with which a browser joins a room.
import { createHmac } from 'node:crypto';

const JOIN_LINK_HOURS = 12;

/** @typedef {{ url: string, apiKey: string, apiSecret: string }} Deployment */

/**
 * @param {Deployment} deployment
 * @param {Record<string, unknown>} claims
 * @param {number} lifetimeSeconds
 */
export function signToken({ apiKey, apiSecret }, claims, lifetimeSeconds) {
  const now = Math.floor(Date.now() / 1_000);
  // A little earlier than now: the server's clock may be behind ours.
  const payload = { ...claims, iss: apiKey, nbf: now - 10, exp: now + lifetimeSeconds };
  const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
  return `${body}.${createHmac('sha256', apiSecret).update(body).digest('base64url')}`;
}

/**
 * A link to LiveKit's hosted client. The first person who opens it creates the room and with it the agent's dispatch.
 * @param {Deployment} deployment
 * @param {{ room: string, identity: string, agentName: string }} who agentName empty: automatic dispatch
 */
export function joinLink(deployment, { room, identity, agentName }) {
  const dispatch = agentName === '' ? {} : { roomConfig: { agents: [{ agentName }] } };
  const claims = {
    sub: identity,
    name: identity,
    video: { roomJoin: true, room, canPublish: true, canSubscribe: true, canPublishData: true },
    ...dispatch,
  };
  const token = signToken(deployment, claims, JOIN_LINK_HOURS * 3_600);
  const query = new URLSearchParams({ liveKitUrl: deployment.url, token });
  return `https://meet.livekit.io/custom?${query}`;
}

/** @param {unknown} value */
function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
