// The web server's routes without a socket, with agents that a test sees being asked for.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TokenVerifier } from 'livekit-server-sdk';
import { readEnvironment } from '../../../src/config/environment.js';
import { FILE_LIVEKIT } from '../../../src/config/local-livekit.js';
import type { Agents } from '../../../web/server/agents.js';
import { webApp } from '../../../web/server/app.js';
import { ProfileShelf } from '../../../web/server/profiles.js';

const machine = { cores: 2, totalMemoryBytes: 4 * 1024 ** 3 };

export class FakeAgents implements Agents {
  readonly asked: { room: string; metadata: string }[] = [];
  readonly present = new Set<string>();
  there: Promise<void> = Promise.resolve();
  dispatched: Promise<void> = Promise.resolve();

  ensure(room: string, metadata: string) {
    this.asked.push({ room, metadata });
    return { dispatched: this.dispatched, there: this.there };
  }

  async isPresent(room: string, identity: string): Promise<boolean> {
    return this.present.has(`${room}/${identity}`);
  }

  close(): void {}
}

export function makeWeb(env: Record<string, string> = {}, profiles: Record<string, object> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'profiles-'));
  for (const [name, profile] of Object.entries(profiles)) {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(profile));
  }
  const environment = readEnvironment(env, machine, FILE_LIVEKIT);
  const agents = new FakeAgents();
  const app = webApp({
    environment,
    port: 8080,
    profiles: new ProfileShelf({ folder, base: undefined, vertex: false }),
    agents,
    page: { folder, html: '<meta property="csp-nonce" nonce="%NONCE%">' },
  });
  const ask = (
    path: string,
    init: { method?: string; body?: string; headers?: Record<string, string>; address?: string } = {},
  ) =>
    app.request(
      `http://127.0.0.1:8080${path}`,
      {
        method: init.method ?? 'GET',
        headers: { host: '127.0.0.1:8080', ...init.headers },
        ...(init.body === undefined ? {} : { body: init.body }),
      },
      { incoming: { socket: { remoteAddress: init.address ?? '127.0.0.1' } } },
    );
  const post = (path: string, body: unknown, headers: Record<string, string> = {}, address?: string) =>
    ask(path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
      ...(address === undefined ? {} : { address }),
    });
  return {
    agents,
    ask,
    post,
    token: (body: unknown, headers?: Record<string, string>, address?: string) =>
      post('/api/token', body, headers, address),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

/** What a token that this server has signed says. */
export function claimsOf(token: string) {
  return new TokenVerifier(FILE_LIVEKIT.apiKey, FILE_LIVEKIT.apiSecret).verify(token);
}

export interface Answer {
  readonly server_url: string;
  readonly participant_token: string;
  readonly room_name: string;
  readonly participant_identity: string;
  readonly error: string;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

export async function answerOf(response: Response): Promise<Answer> {
  return (await response.json()) as Answer;
}
