// A client of the SDK for one connection, from the environment's access data.
import { GoogleGenAI, type GoogleGenAIOptions } from '@google/genai';
import { withoutKeys } from '../config/environment.js';

/** How the Live API is reached: a key or ephemeral token, another address, or Vertex AI. */
export interface ModelAccess {
  readonly apiKey?: string;
  /** Another address for the Live API, http or https. */
  readonly baseUrl?: string;
  readonly vertex?: { readonly project: string; readonly location: string };
}

/** Local and proxied services may need no key, but the SDK refuses to start without one. */
const NO_KEY = 'no-key';
const TOKEN = 'auth_tokens/';

export function createClient(access: ModelAccess, apiVersion: string): GoogleGenAI {
  const httpOptions = access.baseUrl ? { httpOptions: { baseUrl: access.baseUrl } } : {};
  if (access.vertex) {
    const { project, location } = access.vertex;
    // Vertex AI has versions of its own; the SDK knows the right one.
    return create({ vertexai: true, project, location, ...httpOptions });
  }
  const { apiKey = NO_KEY } = access;
  const isToken = apiKey.startsWith(TOKEN);
  // Set explicitly: the SDK's default apiVersion changes between its releases.
  const client = create({ apiKey: isToken ? NO_KEY : apiKey, vertexai: false, apiVersion, ...httpOptions });
  if (isToken) connectWith(client, apiKey);
  return client;
}

/** Google's variables are hidden from the SDK: it prints a warning for each that it finds and does not use. */
function create(options: GoogleGenAIOptions): GoogleGenAI {
  return withoutKeys(() => new GoogleGenAI(options));
}

interface SocketFactory {
  create(url: string, ...rest: unknown[]): unknown;
}

/**
 * Connects to the address at which the service accepts ephemeral tokens. The SDK does so by itself for tokens, but
 * demands v1alpha, which the service no longer does, and prints at each connection that the feature is experimental.
 */
function connectWith(client: GoogleGenAI, token: string): void {
  const live = client.live as unknown as { webSocketFactory: SocketFactory };
  const original = live.webSocketFactory;
  live.webSocketFactory = {
    create: (url, ...rest) => {
      const [address, end] = url.split(`.BidiGenerateContent?key=${NO_KEY}`);
      if (end !== '') throw new Error('@google/genai connects to an address of another form than expected');
      const to = `${address}.BidiGenerateContentConstrained?access_token=${token}`;
      return original.create(to, ...rest);
    },
  };
}
