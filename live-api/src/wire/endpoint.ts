// Which request of the Live API an upgrade asks for, and with which key.
import type { IncomingHttpHeaders } from 'node:http';
import type { ApiVersion } from './client-schema.js';

const PATH =
  /^\/+ws\/google\.ai\.generativelanguage\.(v1|v1beta|v1alpha)\.GenerativeService\.BidiGenerateContent(Constrained)?$/;

export interface Endpoint {
  readonly version: ApiVersion;
  /** The path for ephemeral tokens. */
  readonly constrained: boolean;
  /** An API key, or an ephemeral token (`auth_tokens/…`). */
  readonly key: string | undefined;
}

/** Undefined when the path is none of the Live API's. Clients double the first slash; keys stand in the query unencoded. */
export function readEndpoint(url: string, headers: IncomingHttpHeaders): Endpoint | undefined {
  const [path = '', query = ''] = url.split('?', 2);
  const match = PATH.exec(path);
  if (!match) return undefined;
  return {
    version: match[1] as ApiVersion,
    constrained: match[2] !== undefined,
    key: readKey(query, headers),
  };
}

/** The key of a request: `key` or `access_token` in the query, else a header. */
export function readKey(query: string, headers: IncomingHttpHeaders): string | undefined {
  const parameters = new URLSearchParams(query);
  const inQuery = parameters.get('key') ?? parameters.get('access_token');
  if (inQuery && inQuery !== 'undefined') return inQuery;
  const header = headers['x-goog-api-key'];
  if (typeof header === 'string' && header !== '') return header;
  return /^(?:Token|Bearer) (\S+)$/.exec(headers.authorization ?? '')?.[1];
}
