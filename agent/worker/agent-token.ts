// A token for a call that is taken over: the one that came with the job may have expired.
import { serverSdk } from '../../src/index.js';
import type { LiveKitAccess } from './livekit-connection.js';

/** With the rights of a job's own token. */
export async function agentToken(
  { apiKey, apiSecret }: Pick<LiveKitAccess, 'apiKey' | 'apiSecret'>,
  {
    room,
    agentName,
    identity,
  }: { readonly room: string; readonly agentName: string; readonly identity: string },
): Promise<string> {
  const { AccessToken } = await serverSdk();
  const access = new AccessToken(apiKey, apiSecret, {
    identity,
    name: agentName || 'agent',
    ttl: '1h',
    attributes: { 'lk.agent.name': agentName },
  });
  access.kind = 'agent';
  access.addGrant({
    roomJoin: true,
    room,
    agent: true,
    canPublish: true,
    canSubscribe: true,
    canPublishData: true,
    canUpdateOwnMetadata: true,
  });
  return access.toJwt();
}
