// The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name for an address: for sockets an agent, for requests a fetch.
import type { Agent } from 'node:http';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import type { ProxyAgent } from 'undici';
import { AgentError } from '../util/agent-error.js';
import { variableOf } from './environment.js';

interface Proxy {
  readonly address: string;
  /** The variable that names it: its address may hold a password. */
  readonly variable: 'HTTPS_PROXY' | 'HTTP_PROXY';
}

export interface ProxiedSocket extends Pick<Proxy, 'variable'> {
  readonly agent: Agent;
}

/**
 * An agent that opens a socket to `target` through a proxy; undefined where none is to be used.
 * @param signal ends an attempt that the proxy does not answer
 * @throws AgentError that names the variable which is wrong
 */
export function socketProxy(target: string, signal: AbortSignal): ProxiedSocket | undefined {
  const proxy = proxyFor(target);
  if (!proxy) return undefined;
  // The agent hands its options on to net.connect(), which takes a signal; its type does not say so.
  const options = { signal } as object;
  return { agent: new HttpsProxyAgent(proxy.address, options), variable: proxy.variable };
}

/** As the global fetch, through a proxy where one is to be used. @throws TypeError as fetch does */
export const proxiedFetch: typeof fetch = async (input, init) => {
  const target = input instanceof Request ? input.url : String(input);
  const proxy = proxyFor(target);
  if (!proxy) return fetch(input, init);
  // Loaded where it is needed: 10 MB in every process of a worker otherwise.
  const { fetch: fetchThrough } = await import('undici');
  const dispatcher = await dispatcherOf(proxy);
  const request = { ...init, dispatcher } as unknown as Parameters<typeof fetchThrough>[1];
  try {
    return (await fetchThrough(input as string | URL, request)) as unknown as Response;
  } catch (error) {
    throw ofProxy(error, proxy);
  }
};

/** Removes the proxy's address from a message: it may contain a password. */
export function throughProxy(message: string, { variable }: Pick<Proxy, 'variable'>): string {
  return `${message} (through the proxy of ${variable})`;
}

/** One for each proxy: each keeps the connections that are open. */
const dispatchers = new Map<string, ProxyAgent>();

async function dispatcherOf({ address }: Proxy): Promise<ProxyAgent> {
  const { ProxyAgent } = await import('undici');
  const dispatcher = dispatchers.get(address) ?? new ProxyAgent({ uri: address, proxyTunnel: true });
  dispatchers.set(address, dispatcher);
  return dispatcher;
}

function ofProxy(error: unknown, proxy: Proxy): unknown {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error;
  // What the proxy has answered stands in the cause of the cause.
  const causes = [error.cause, error.cause.cause].filter((each) => each instanceof Error);
  const answer = causes.map((each) => /^Proxy response \((\d{3})\)/.exec(each.message)?.[1]).find(Boolean);
  const { code = error.cause.message } = error.cause as { code?: unknown };
  const words = throughProxy(answer === undefined ? String(code) : `status ${answer}`, proxy);
  return new TypeError(error.message, { cause: Object.assign(new Error(words), { code: words }) });
}

function proxyFor(target: string): Proxy | undefined {
  if (!URL.canParse(target)) return undefined;
  // `ws:` and `wss:` go where `http:` and `https:` go.
  const url = new URL(target.replace(/^ws/i, 'http'));
  const given = getProxyForUrl(url.href);
  if (given === '') return undefined;
  const variable = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const named = textOf(variable) ?? textOf('ALL_PROXY') ?? given;
  // Without a scheme the library would take the target's, and speak TLS to a proxy that does not.
  const address = named.includes('://') ? given : `http://${named}`;
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw new AgentError('environment', `${variable} must be the http: or https: address of a proxy`);
  }
  return { address, variable };
}

function textOf(variable: string): string | undefined {
  return variableOf(variable.toLowerCase()) || variableOf(variable) || undefined;
}
