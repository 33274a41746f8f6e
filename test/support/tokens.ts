// Tokens for participants of a test: people, and agents that no worker runs.
import { AccessToken, type VideoGrant } from 'livekit-server-sdk';

export const API_KEY = 'devkey';
export const API_SECRET = 'secretsecretsecretsecretsecretsecret';

export interface TokenOptions {
  readonly identity: string;
  readonly room: string;
  /** Laid over the usual grants. */
  readonly grants?: Partial<VideoGrant>;
  readonly attributes?: Record<string, string>;
  /** A kind of participant other than a person at a client. */
  readonly kind?: 'sip' | 'ingress' | 'egress';
}

/** A token with which a person joins a room. */
export function personToken(options: TokenOptions): Promise<string> {
  const access = token(options);
  if (options.kind) access.kind = options.kind;
  return access.toJwt();
}

/** A token with which a participant joins as an agent does that a worker was given a job for. */
export function agentToken(options: TokenOptions): Promise<string> {
  const agent = token({ ...options, grants: { agent: true, ...options.grants } });
  agent.kind = 'agent';
  return agent.toJwt();
}

function token({ identity, room, grants = {}, attributes }: TokenOptions): AccessToken {
  const access = new AccessToken(API_KEY, API_SECRET, {
    identity,
    ttl: '1h',
    ...(attributes ? { attributes } : {}),
  });
  access.addGrant({
    roomJoin: true,
    room,
    canPublish: true,
    canSubscribe: true,
    canPublishData: true,
    canUpdateOwnMetadata: true,
    ...grants,
  });
  return access;
}
