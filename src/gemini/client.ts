// A client of the SDK for one connection, from the environment's access data.
import { proxiedFetch } from '../config/proxy.js';
import type { Logger } from '../util/log.js';
import { SdkClient } from './sdk-client.js';

/** How the Live API is reached: a key or ephemeral token, another address, or Vertex AI. */
export interface ModelAccess {
  readonly apiKey?: string;
  /** Another address for the Live API, http or https. */
  readonly baseUrl?: string;
  readonly vertex?: { readonly project: string; readonly location: string };
}

/** Local and proxied services may need no key, but the SDK refuses to start without one. */
const NO_KEY = 'no-key';

/** Everything is set here: what the SDK finds in the environment is not used. */
export function createClient(
  { apiKey = NO_KEY, baseUrl, vertex }: ModelAccess,
  apiVersion: string,
  log?: Pick<Logger, 'warn'>,
): SdkClient {
  const httpOptions = { httpOptions: { fetch: proxiedFetch, ...(baseUrl ? { baseUrl } : {}) } };
  if (vertex) {
    const { project, location } = vertex;
    // Vertex AI has versions of its own; the SDK knows the right one.
    return new SdkClient({ vertexai: true, project, location, ...httpOptions }, log);
  }
  // Set explicitly: the SDK's default apiVersion changes between its releases.
  return new SdkClient({ apiKey, vertexai: false, apiVersion, ...httpOptions }, log);
}
