// Refuses requests of web pages other than this server's own.
import { isIP } from 'node:net';

export interface GuardOptions {
  readonly host: string;
  readonly port: number;
  /** Further origins under which the page is reached. */
  readonly origins: readonly string[];
}

/**
 * Why a request is refused; undefined where it is not.
 *
 * Host: a foreign name that resolves to this machine (DNS rebinding) makes a foreign page and this server
 * one origin in the browser's eyes; addresses cannot be rebound. Origin: what another page sends.
 */
export function foreignRequest(headers: Headers, { host, port, origins }: GuardOptions): string | undefined {
  const own = hostOf(headers.get('host'));
  if (!own) return 'the request names no host';
  const published = origins.map((origin) => new URL(origin).host);
  const isAddress = isIP(own.name.replace(/^\[|\]$/g, '')) !== 0;
  const isOurs = own.name === 'localhost' || own.name === host || isAddress;
  if (!published.includes(own.text) && !(isOurs && own.port === port)) {
    return 'this host is not served: WEB_ORIGINS names the origins under which the page is reached';
  }
  const origin = headers.get('origin');
  if (origin !== null && origin !== `http://${own.text}` && !origins.includes(origin)) {
    return 'the request comes from another page: WEB_ORIGINS names the origins that may ask';
  }
  // What browsers say of requests that carry no Origin.
  const site = headers.get('sec-fetch-site');
  const mode = headers.get('sec-fetch-mode');
  if (site === 'cross-site' && mode !== 'navigate' && origin === null)
    return 'the request comes from another page';
  return undefined;
}

function hostOf(header: string | null): { text: string; name: string; port: number } | undefined {
  if (!header || !/^[\w.:[\]-]+$/.test(header) || !URL.canParse(`http://${header}`)) return undefined;
  const url = new URL(`http://${header}`);
  return { text: url.host, name: url.hostname, port: Number(url.port || 80) };
}
