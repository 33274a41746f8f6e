// Tokens for the person and for the subject, who joins as a worker's agents do.
import { AccessToken } from 'livekit-server-sdk';
import { API_KEY, API_SECRET } from './livekit-server.js';

export function personToken(room: string): Promise<string> {
  return token(room, 'person').toJwt();
}

export function agentToken(room: string): Promise<string> {
  const access = token(room, 'agent');
  access.kind = 'agent';
  return access.toJwt();
}

function token(room: string, identity: string): AccessToken {
  const access = new AccessToken(API_KEY, API_SECRET, { identity, ttl: '1h' });
  access.addGrant({
    roomJoin: true,
    room,
    canPublish: true,
    canSubscribe: true,
    canPublishData: true,
    canUpdateOwnMetadata: true,
    agent: identity === 'agent',
  });
  return access;
}
