// What `npm start` runs, decided from the environment alone: a pure function, so that every case can be tested.
import { join } from 'node:path';
import { SetupError } from '../setup/setup-error.mjs';

/**
 * @typedef {object} Service
 * @property {string} name as its log lines are prefixed
 * @property {string} command
 * @property {string[]} args
 * @property {NodeJS.ProcessEnv} env
 * @property {string} readyUrl answers 2xx once the service can be used
 * @property {number} readyWithinMs
 * @property {number} stopWithinMs how long it has to end by itself
 * @property {boolean} [stopsAtSecondSignal] the first SIGTERM lets it go on with its work, the second ends it
 * @property {import('./ports.mjs').PortNeed[]} ports
 *
 * @typedef {object} Plan
 * @property {Service[][]} stages those of one stage start together, once the stage before is ready
 * @property {string} pageUrl
 * @property {import('./token.mjs').Deployment} deployment
 * @property {boolean} ownServer whether the LiveKit server is one of the services
 * @property {string} agentName
 * @property {string} model where the model is, in words
 *
 * @typedef {object} Surroundings
 * @property {NodeJS.ProcessEnv} env .env included
 * @property {string} root
 * @property {{ url?: string | undefined, command?: string | undefined } | undefined} livekitServer
 * @property {string} livekitConfigPath
 * @property {ReturnType<typeof import('./livekit-config.mjs').readLivekitConfig>} livekitConfig
 * @property {boolean} [watching] a worker is replaced when its sources change
 * @property {import('./local-key.mjs').LocalKey} localKey what our own server is given instead of the file's key
 */

/** Read by livekit-server too, where they would overrule livekit.yaml. */
const serverVariables = [
  'LIVEKIT_CONFIG',
  'LIVEKIT_KEYS',
  'NODE_IP',
  'UDP_PORT',
  'REDIS_HOST',
  'REDIS_PASSWORD',
];

/** @param {Surroundings} surroundings @returns {Plan} */
export function makePlan(surroundings) {
  const { env } = surroundings;
  const deployment = deploymentOf(surroundings);
  const first = [];
  const ownServer = surroundings.livekitServer?.url === undefined;
  if (ownServer) first.push(livekitService(surroundings));
  const liveApiPort = portOf(env, 'LIVE_API_PORT', 8790);
  const local = !hasModel(env);
  if (local) first.push(liveApiService(surroundings, liveApiPort));
  /** @type {NodeJS.ProcessEnv} */
  const modelEnv = local
    ? { GOOGLE_GEMINI_BASE_URL: `http://127.0.0.1:${liveApiPort}`, ...withoutProxy(env) }
    : {};
  const web = webService(surroundings, deployment);
  return {
    stages: [[...first, web], [workerService(surroundings, deployment, modelEnv)]],
    pageUrl: web.readyUrl.replace(/\/healthz$/, ''),
    deployment,
    ownServer,
    agentName: env.AGENT_NAME?.trim() ?? 'gemini',
    model: modelInWords(env, local ? modelEnv.GOOGLE_GEMINI_BASE_URL : undefined),
  };
}

/** @param {Surroundings} surroundings */
function deploymentOf({ env, livekitServer, livekitConfig, localKey }) {
  const given = livekitServer?.url;
  const url = given === undefined ? `ws://127.0.0.1:${livekitConfig.port}` : given.replace(/^http/i, 'ws');
  if (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol)) {
    throw new SetupError(
      'LIVEKIT_URL is no ws:, wss:, http: or https: address',
      'correct or unset LIVEKIT_URL',
    );
  }
  // The local server accepts only the key of this start, not one of the environment.
  if (given === undefined) return { url, ...localKey };
  return {
    url: url.replace(/\/+$/, ''),
    apiKey: env.LIVEKIT_API_KEY?.trim() || livekitConfig.apiKey,
    apiSecret: env.LIVEKIT_API_SECRET?.trim() || livekitConfig.apiSecret,
  };
}

/** @param {Surroundings} surroundings @returns {Service} */
function livekitService({ env, livekitServer, livekitConfigPath, livekitConfig, localKey }) {
  if (!livekitServer?.command) throw new SetupError('there is no LiveKit server', 'npm run setup');
  const remedy = `stop what uses it, change ${livekitConfigPath}, or set LIVEKIT_URL to the server that runs there`;
  const { port, udpPort } = livekitConfig;
  const forServer = { for: 'the LiveKit server', remedy };
  return {
    name: 'livekit',
    command: livekitServer.command,
    args: ['--config', livekitConfigPath],
    env: {
      ...Object.fromEntries(Object.entries(env).filter(([name]) => !serverVariables.includes(name))),
      // Instead of the file's key, which everybody knows: any web page could sign tokens with it and spend the
      // developer's Google key. By the environment, because other users can read a command line.
      LIVEKIT_KEYS: `${localKey.apiKey}: ${localKey.apiSecret}`,
    },
    readyUrl: `http://127.0.0.1:${port}/`,
    readyWithinMs: 20_000,
    stopWithinMs: 2_000,
    ports: [
      { port, protocol: 'tcp', ...forServer },
      ...(udpPort === undefined
        ? []
        : [{ port: udpPort, protocol: /** @type {const} */ ('udp'), ...forServer }]),
    ],
  };
}

/** @param {Surroundings} surroundings @param {number} port @returns {Service} */
function liveApiService({ env, root }, port) {
  const remedy = 'stop what uses it, or set LIVE_API_PORT to a free port';
  return {
    name: 'live-api',
    command: process.execPath,
    args: [join(root, 'live-api', 'dist', 'main.js')],
    // With TLS on the same port, because Google's Python SDK speaks nothing else.
    env: { LIVE_API_TLS: '1', ...env, LIVE_API_PORT: String(port) },
    readyUrl: `http://127.0.0.1:${port}/healthz`,
    readyWithinMs: 60_000,
    stopWithinMs: 5_000,
    ports: [{ port, protocol: 'tcp', for: 'the local Live API', remedy }],
  };
}

/** @param {Surroundings} surroundings @param {import('./token.mjs').Deployment} deployment @param {NodeJS.ProcessEnv} modelEnv @returns {Service} */
function workerService({ env, root, watching = false }, deployment, modelEnv) {
  const port = portOf(env, 'AGENT_PORT', 8081);
  const remedy = 'stop what uses it, or set AGENT_PORT to a free port';
  return {
    name: 'agent',
    command: process.execPath,
    args: [join(root, 'dist', 'agent', 'main.js'), 'start'],
    env: {
      ...env,
      ...modelEnv,
      LIVEKIT_URL: deployment.url,
      LIVEKIT_API_KEY: deployment.apiKey,
      LIVEKIT_API_SECRET: deployment.apiSecret,
      // rtc-node logs at debug level under any other value.
      NODE_ENV: 'production',
      AGENT_HOST: '127.0.0.1',
      AGENT_PORT: String(port),
      // Ctrl-C on one's own machine means now; in production, and where another takes its place, a worker lets its calls end.
      AGENT_DRAIN_MS: env.AGENT_DRAIN_MS?.trim() || (watching ? '600000' : '1'),
    },
    readyUrl: `http://127.0.0.1:${port}/`,
    readyWithinMs: 60_000,
    stopWithinMs: 10_000,
    stopsAtSecondSignal: watching,
    ports: [{ port, protocol: 'tcp', for: "the agent's health and metrics", remedy }],
  };
}

/** What the web server reads of the environment; it gets no Google key. */
const webVariables =
  /^(AGENT_NAME|AGENT_PROFILE|AGENT_PROFILES|GOOGLE_GENAI_USE_VERTEXAI|GOOGLE_CLOUD_.*|WEB_.*)$/;

/** @param {Surroundings} surroundings @param {import('./token.mjs').Deployment} deployment @returns {Service} */
function webService({ env, root }, deployment) {
  const port = portOf(env, 'WEB_PORT', 8080);
  const host = env.WEB_HOST?.trim() || '127.0.0.1';
  const remedy = 'stop what uses it, or set WEB_PORT to a free port';
  const local = host === 'localhost' || host === '::1' || host.startsWith('127.');
  const reached = local ? host : '127.0.0.1';
  return {
    name: 'web',
    command: process.execPath,
    args: [join(root, 'dist', 'web', 'server', 'main.js')],
    env: {
      ...Object.fromEntries(
        Object.entries(env).filter(
          ([name]) =>
            webVariables.test(name) || !/^(LIVEKIT|GOOGLE|GEMINI|AGENT|TOOL|REDIS|WEB|CALL)_/.test(name),
        ),
      ),
      LIVEKIT_URL: deployment.url,
      LIVEKIT_API_KEY: deployment.apiKey,
      LIVEKIT_API_SECRET: deployment.apiSecret,
      WEB_HOST: host,
      WEB_PORT: String(port),
      // On one's own machine the page may try any profile out; others may only name one.
      WEB_PROFILES: env.WEB_PROFILES?.trim() || (local ? 'any' : 'named'),
    },
    readyUrl: `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}/healthz`,
    readyWithinMs: 20_000,
    stopWithinMs: 2_000,
    ports: [{ port, protocol: 'tcp', for: 'the web page', remedy }],
  };
}

/**
 * A proxy cannot reach the local Live API: its loopback is another one.
 * @param {NodeJS.ProcessEnv} env
 */
function withoutProxy(env) {
  const given = env.no_proxy?.trim() || env.NO_PROXY?.trim();
  const noProxy = given ? `${given},127.0.0.1` : '127.0.0.1';
  return { no_proxy: noProxy, NO_PROXY: noProxy };
}

/** @param {NodeJS.ProcessEnv} env */
function hasModel(env) {
  return Boolean(
    env.GOOGLE_API_KEY?.trim() ||
      env.GEMINI_API_KEY?.trim() ||
      env.GOOGLE_GEMINI_BASE_URL?.trim() ||
      env.GOOGLE_ACCESS_FILE?.trim() ||
      usesVertex(env),
  );
}

/** @param {NodeJS.ProcessEnv} env */
function usesVertex(env) {
  return /^(true|1|yes|on)$/i.test(env.GOOGLE_GENAI_USE_VERTEXAI?.trim() ?? '');
}

/** @param {NodeJS.ProcessEnv} env @param {string | undefined} localUrl */
function modelInWords(env, localUrl) {
  if (localUrl) return `the local Live API at ${localUrl} (set GOOGLE_API_KEY for Google's)`;
  if (env.GOOGLE_GEMINI_BASE_URL?.trim()) return 'the Live API that GOOGLE_GEMINI_BASE_URL names';
  return usesVertex(env) ? 'Vertex AI' : "Google's Live API";
}

/** @param {NodeJS.ProcessEnv} env @param {string} name @param {number} otherwise */
function portOf(env, name, otherwise) {
  const text = env[name]?.trim() || String(otherwise);
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new SetupError(`${name} is no port`, `set ${name} to a number from 1 to 65535, or unset it`);
}
