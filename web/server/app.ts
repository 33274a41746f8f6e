// The routes: the page, the token endpoint, and the profiles beside it.
import { inspect } from 'node:util';
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { compress } from 'hono/compress';
import { cors } from 'hono/cors';
import { NONCE, secureHeaders } from 'hono/secure-headers';
import type { Environment } from '../../src/config/environment.js';
import { MAX_PROFILE_BYTES } from '../../src/profile/profile.js';
import { printableLines } from '../../src/util/printable.js';
import type { Agents } from './agents.js';
import { foreignRequest } from './guard.js';
import { IdentityOwners, ownerOf } from './identities.js';
import { RateLimits } from './limits.js';
import { type Page, servePage, type WebEnv } from './page.js';
import type { ProfileShelf } from './profiles.js';
import { TokenRefusal, TokenService } from './token-service.js';

export interface WebParts {
  readonly environment: Environment;
  /** That the server listens on. */
  readonly port: number;
  readonly profiles: ProfileShelf;
  readonly agents: Agents;
  readonly page: Page;
}

/** A profile as escaped JSON text within JSON, and what stands around it. */
const MAX_BODY_BYTES = 2 * MAX_PROFILE_BYTES + 64 * 1024;
/** The editor checks the profile while it is typed. */
const CHECKS_PER_MINUTE = 240;

export function webApp({ environment, port, profiles, agents, page }: WebParts): Hono<WebEnv> {
  const { web, livekit, agentName } = environment;
  const serverUrl = web.livekitUrl ?? livekit.url;
  const tokens = new TokenService({ environment, serverUrl, profiles, agents, owners: new IdentityOwners() });
  const limits = new RateLimits({ tokens: web.tokensPerMinute, checks: CHECKS_PER_MINUTE });
  const app = new Hono<WebEnv>();

  app.use(secureHeaders(securityHeaders(serverUrl)));
  app.use(async (context, next) => {
    const reason = foreignRequest(context.req.raw.headers, { ...web, port });
    if (reason !== undefined) return context.json({ error: reason }, 403);
    return next();
  });
  app.use(compress());
  // For pages elsewhere that the deployment trusts (WEB_ORIGINS); the guard has refused the others.
  app.use('/api/*', cors({ origin: [...web.origins], allowMethods: ['GET', 'POST'], credentials: true }));

  app.get('/healthz', (context) => context.text('OK'));

  app.use('/api/*', async (context, next) => {
    context.header('cache-control', 'no-store');
    if (context.req.method !== 'POST') return next();
    // A form of another page can send text without a CORS preflight, but not JSON.
    const type = context.req.header('content-type') ?? '';
    if (!/^application\/json\s*(;|$)/i.test(type)) {
      return context.json({ error: 'content-type must be application/json' }, 415);
    }
    return next();
  });
  app.use(
    '/api/*',
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (context) =>
        context.json({ error: `the body must be at most ${MAX_BODY_BYTES / 1024} KB` }, 413),
    }),
  );

  app.post('/api/token', async (context) => {
    const address = getConnInfo(context).remote.address ?? '';
    const retryAfterMs = await limits.take('tokens', address);
    if (retryAfterMs > 0) return tooMany(retryAfterMs);
    const owner = ownerOf(context);
    const answer = await tokens.answer(await context.req.text(), owner, context.req.raw.signal);
    return context.json(answer, 201);
  });

  app.get('/api/profiles', async (context) =>
    context.json({ agent: agentName, mode: web.profiles, profiles: await profiles.names() }),
  );

  app.post('/api/profiles/check', async (context) => {
    const address = getConnInfo(context).remote.address ?? '';
    const retryAfterMs = await limits.take('checks', address);
    if (retryAfterMs > 0) return tooMany(retryAfterMs);
    return context.json(await profiles.check(await context.req.text()));
  });

  app.all('/api/*', (context) =>
    context.json({ error: `${context.req.method} ${context.req.path} is not here: see docs/web.md` }, 404),
  );
  servePage(app, page);

  app.onError((error, context) => {
    if (error instanceof TokenRefusal) {
      const { message, problems, status } = error;
      return context.json({ error: message, ...(problems ? { problems } : {}) }, status);
    }
    console.error(printableLines(inspect(error)));
    return context.json({ error: 'the server failed: its log says why' }, 500);
  });
  return app;
}

function tooMany(retryAfterMs: number): Response {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  return Response.json(
    { error: `too many requests from this address: try again in ${seconds} s` },
    { status: 429, headers: { 'retry-after': String(seconds), 'cache-control': 'no-store' } },
  );
}

/** Everything comes from this server, but the call itself. */
function securityHeaders(livekitUrl: string): Parameters<typeof secureHeaders>[0] {
  return {
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      // The editor brings its styles in an element that bears the response's nonce (page.ts).
      styleSrc: ["'self'", NONCE],
      imgSrc: ["'self'", 'blob:', 'data:'],
      mediaSrc: ["'self'", 'blob:'],
      connectSrc: ["'self'", ...callOrigins(livekitUrl)],
      workerSrc: ["'self'", 'blob:'],
      fontSrc: ["'self'"],
      manifestSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    permissionsPolicy: {
      camera: ['self'],
      microphone: ['self'],
      displayCapture: ['self'],
      geolocation: [],
      payment: [],
      usb: [],
    },
    referrerPolicy: 'no-referrer',
    strictTransportSecurity: false,
    xFrameOptions: 'DENY',
  };
}

/** LiveKit's client signals over ws, and reads over http why a connection was refused. */
function callOrigins(livekitUrl: string): string[] {
  const { host, protocol } = new URL(livekitUrl);
  const [ws, http] = protocol === 'wss:' || protocol === 'https:' ? ['wss:', 'https:'] : ['ws:', 'http:'];
  const own = [`${ws}//${host}`, `${http}//${host}`];
  // LiveKit Cloud names the servers of its regions.
  return host.endsWith('.livekit.cloud') ? [...own, 'wss://*.livekit.cloud', 'https://*.livekit.cloud'] : own;
}
