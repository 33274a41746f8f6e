// Address, key and agent name of the commands, and their messages when the server cannot be reached.
import { randomBytes } from 'node:crypto';
import { AccessToken } from 'livekit-server-sdk';
import { AgentError, EnvironmentError, readEnvironment } from '../src/index.js';
import { CliFailure, usageError, wordsOf } from './failure.js';

export interface Connection {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** The name to dispatch; empty: the agent joins every room automatically. */
  readonly agentName: string;
}

const VARIABLES = ['LIVEKIT_URL', 'LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET', 'AGENT_NAME'] as const;
const PROBE_TIMEOUT_MS = 5000;

/** Reads the variables that a client needs; invalid variables of the worker are ignored. */
export function readConnection(env: NodeJS.ProcessEnv): Connection {
  try {
    const { livekit, agentName } = readEnvironment(
      Object.fromEntries(VARIABLES.map((name) => [name, env[name]])),
    );
    return { ...livekit, agentName };
  } catch (error) {
    if (error instanceof EnvironmentError) throw usageError(error.message);
    throw error;
  }
}

/** The identity under which the agent of this name joins, whatever worker runs it. */
export function agentIdentity(agentName: string): string {
  return `agent-${agentName}`;
}

/** The address of the server's API. */
export function httpUrlOf(url: string): string {
  return url.replace(/^ws/, 'http');
}

export function randomName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** A token with which a person joins a room to talk. */
export function talkToken(
  { apiKey, apiSecret }: Connection,
  room: string,
  identity: string,
): Promise<string> {
  const token = new AccessToken(apiKey, apiSecret, { identity, ttl: '6h' });
  token.addGrant({ roomJoin: true, room, canPublish: true, canSubscribe: true, canPublishData: true });
  return token.toJwt();
}

/** @throws {CliFailure} when nothing answers at the address */
export async function requireServer(url: string): Promise<void> {
  try {
    const response = await fetch(httpUrlOf(url), { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.body?.cancel();
  } catch (error) {
    const { hostname } = new URL(url);
    const local = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
    const help = local ? 'run `npm start` in another shell' : `check LIVEKIT_URL, ${wordsOf(error)}`;
    throw new CliFailure(`nothing answers at ${url}: ${help}`);
  }
}

/** Converts an error of the server API or rtc-node into one line that says what to do. */
export function explain(error: unknown, url: string): CliFailure {
  if (error instanceof CliFailure) return error;
  if (error instanceof AgentError) return new CliFailure(error.message);
  const { status } = error as { status?: number };
  const words = wordsOf(error);
  if (
    status === 401 ||
    status === 403 ||
    /\b(401|403)\b|unauthorized|permission denied|invalid token/i.test(words)
  ) {
    return new CliFailure(`${url} refuses the key: set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to its own`);
  }
  return new CliFailure(`${url}: ${words}`);
}
