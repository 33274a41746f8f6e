// LiveKit's SDK for servers, loaded at its first use: it is a hundred files, and a worker registers without it.
import type { AgentDispatchClient, RoomServiceClient } from 'livekit-server-sdk';

// Enum values of LiveKit's protocol: the SDK does not export all of them, and is not loaded for those that it does.
export const KIND_EGRESS = 2;
export const KIND_AGENT = 4;
export const STATE_ACTIVE = 2;
export const STATE_DISCONNECTED = 3;
export const JOB_PENDING = 0;
export const JOB_RUNNING = 1;

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

/** Maps not_found to undefined: a missing room or dispatch is no error. */
export function noneWhereMissing(error: unknown): undefined {
  const { status, code } = error as { status?: number; code?: string };
  if (status === 404 || code === 'not_found') return undefined;
  throw error;
}

/** The http or https address of the server API for LiveKit's ws or wss address. */
export function httpUrlOf(url: string): string {
  return url.replace(/^ws/, 'http');
}

function optionsOf(requestTimeout: number | undefined): { readonly requestTimeout?: number } {
  return requestTimeout === undefined ? {} : { requestTimeout };
}
