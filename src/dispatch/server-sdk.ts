// LiveKit's SDK for servers, loaded at its first use: it is a hundred files, and a worker registers without it.
import type { AgentDispatchClient, RoomServiceClient } from 'livekit-server-sdk';

export interface ServerAccess {
  /** `ws:`, `wss:`, `http:` or `https:`. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** LiveKit's SDK for servers; loaded once. */
export function serverSdk(): Promise<typeof import('livekit-server-sdk')> {
  return import('livekit-server-sdk');
}

/** @param requestTimeout in seconds */
export async function roomService(
  { url, apiKey, apiSecret }: ServerAccess,
  requestTimeout?: number,
): Promise<RoomServiceClient> {
  const { RoomServiceClient } = await serverSdk();
  return new RoomServiceClient(httpUrlOf(url), apiKey, apiSecret, optionsOf(requestTimeout));
}

/** @param requestTimeout in seconds */
export async function dispatchClient(
  { url, apiKey, apiSecret }: ServerAccess,
  requestTimeout?: number,
): Promise<AgentDispatchClient> {
  const { AgentDispatchClient } = await serverSdk();
  return new AgentDispatchClient(httpUrlOf(url), apiKey, apiSecret, optionsOf(requestTimeout));
}

export function httpUrlOf(url: string): string {
  return url.replace(/^ws/, 'http');
}

function optionsOf(requestTimeout: number | undefined): { readonly requestTimeout?: number } {
  return requestTimeout === undefined ? {} : { requestTimeout };
}
