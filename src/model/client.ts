// A client of the SDK for one connection, from the environment's access data.
import { GoogleGenAI } from '@google/genai';

/** How the Live API is reached: a key or ephemeral token, another address, or Vertex AI. */
export interface ModelAccess {
  readonly apiKey?: string;
  /** Another address for the Live API, http or https. */
  readonly baseUrl?: string;
  readonly vertex?: { readonly project: string; readonly location: string };
}

/** Local and proxied services may need no key, but the SDK refuses to start without one. */
const NO_KEY = 'no-key';

export function createClient(access: ModelAccess, apiVersion: string): GoogleGenAI {
  const httpOptions = access.baseUrl ? { httpOptions: { baseUrl: access.baseUrl } } : {};
  if (access.vertex) {
    const { project, location } = access.vertex;
    // Vertex AI has versions of its own; the SDK knows the right one.
    return new GoogleGenAI({ vertexai: true, project, location, ...httpOptions });
  }
  // Explicit, because the SDK's default version changes between its releases.
  return new GoogleGenAI({ apiKey: access.apiKey ?? NO_KEY, vertexai: false, apiVersion, ...httpOptions });
}
