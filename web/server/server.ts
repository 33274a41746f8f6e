// The web server as a whole: its parts, the port that it listens on, and its end.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type Environment, EnvironmentError } from '../../src/config/environment.js';
import { readBaseProfile } from '../../src/profile/base.js';
import { livekitAgents } from './agents.js';
import { webApp } from './app.js';
import { readPage } from './page.js';
import { ProfileShelf } from './profiles.js';

export interface WebServer {
  /** `http://host:port` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param pageFolder the built page; beside this file's own build where nothing else is said
 * @throws EnvironmentError or PageError with what to change
 */
export async function startWeb(environment: Environment, pageFolder?: string): Promise<WebServer> {
  const { livekit, agentName, web } = environment;
  const profiles = new ProfileShelf({
    folder: environment.profilesFolder,
    base: readBaseProfile(environment.profilePath),
    vertex: environment.google.vertex !== undefined,
  });
  const agents = livekitAgents({ ...livekit, agentName });
  const page = await readPage(pageFolder);
  const http = createServer();
  await listen(http, web.host, web.port);
  const { port } = http.address() as AddressInfo;
  const app = webApp({ environment, port, profiles, agents, page });
  http.on('request', getRequestListener(app.fetch));
  let closing: Promise<void> | undefined;
  return {
    url: `http://${web.host.includes(':') ? `[${web.host}]` : web.host}:${port}`,
    close: () => {
      closing ??= close(http).finally(() => agents.close());
      return closing;
    },
  };
}

async function listen(http: Server, host: string, port: number): Promise<void> {
  http.listen(port, host);
  try {
    await once(http, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new EnvironmentError([
        { name: 'WEB_PORT', message: `${port} is taken: stop what uses it, or set another` },
      ]);
    }
    throw new EnvironmentError([{ name: 'WEB_HOST', message: `cannot be listened on (${code})` }]);
  }
}

function close(http: Server): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}
