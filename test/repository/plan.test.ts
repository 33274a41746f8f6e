// What `npm start` decides from the environment alone, and the token in its join link.
import { TokenVerifier } from 'livekit-server-sdk';
import { describe, expect, test } from 'vitest';
import { makePlan } from '../../scripts/start/plan.mjs';
import { joinLink } from '../../scripts/start/token.mjs';

const livekitConfig = { port: 7880, udpPort: 7882, apiKey: 'devkey', apiSecret: 'a-secret-of-the-file' };
const localKey = { apiKey: 'local', apiSecret: 'a-secret-of-this-start' };

function plan(
  env: Record<string, string>,
  livekitServer: { url?: string; command?: string } = { command: '/bin/lk' },
) {
  return makePlan({
    env,
    root: '/r',
    livekitServer,
    livekitConfigPath: '/r/livekit.yaml',
    livekitConfig,
    localKey,
  });
}

function service(of: ReturnType<typeof plan>, name: string) {
  return of.stages.flat().find((candidate) => candidate.name === name);
}

describe('plan', () => {
  test('without anything set: server and local Live API first, then the worker', () => {
    const made = plan({});
    expect(made.stages.map((stage) => stage.map(({ name }) => name))).toEqual([
      ['livekit', 'live-api', 'web'],
      ['agent'],
    ]);
    expect(service(made, 'agent')?.env).toMatchObject({
      LIVEKIT_URL: 'ws://127.0.0.1:7880',
      LIVEKIT_API_KEY: 'local',
      LIVEKIT_API_SECRET: 'a-secret-of-this-start',
      GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:8790',
      AGENT_PORT: '8081',
    });
    expect(made.stages.flat().flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([
      7880, 7882, 8790, 8080, 8081,
    ]);
  });

  test('the local Live API is reached without a proxy, whatever else NO_PROXY names', () => {
    const proxied = { HTTP_PROXY: 'http://proxy.example:3128', no_proxy: '.example.com' };
    expect(service(plan(proxied), 'agent')?.env).toMatchObject({
      HTTP_PROXY: 'http://proxy.example:3128',
      no_proxy: '.example.com,127.0.0.1',
      NO_PROXY: '.example.com,127.0.0.1',
    });
    expect(service(plan({ GOOGLE_API_KEY: 'k' }), 'agent')?.env).not.toHaveProperty('NO_PROXY');
  });

  test.each([
    { GOOGLE_API_KEY: 'k' },
    { GEMINI_API_KEY: 'k' },
    { GOOGLE_GEMINI_BASE_URL: 'https://proxy.example' },
    { GOOGLE_GENAI_USE_VERTEXAI: 'true' },
  ])('with %o no local Live API is started, and none is named to the worker', (env) => {
    const made = plan(env);
    expect(service(made, 'live-api')).toBeUndefined();
    expect(service(made, 'agent')?.env).toMatchObject(env);
    if (!('GOOGLE_GEMINI_BASE_URL' in env)) {
      expect(service(made, 'agent')?.env).not.toHaveProperty('GOOGLE_GEMINI_BASE_URL');
    }
  });

  test('a variable that is empty, as in .env.example, counts as not set', () => {
    const made = plan({
      GOOGLE_API_KEY: '',
      GOOGLE_GENAI_USE_VERTEXAI: '',
      AGENT_PORT: '',
      LIVE_API_PORT: ' ',
    });
    expect(service(made, 'live-api')?.env.LIVE_API_PORT).toBe('8790');
  });

  test('with LIVEKIT_URL no server is started, and its own keys are used', () => {
    const env = { LIVEKIT_API_KEY: 'theirs', LIVEKIT_API_SECRET: 'their secret' };
    const made = plan(env, { url: 'https://lk.example/' });
    expect(service(made, 'livekit')).toBeUndefined();
    expect(made.deployment).toEqual({ url: 'wss://lk.example', apiKey: 'theirs', apiSecret: 'their secret' });
  });

  test('our own server gets the key of this start, and no variable that would overrule its file', () => {
    const made = plan({
      LIVEKIT_API_KEY: 'theirs',
      LIVEKIT_CONFIG: 'port: 1',
      LIVEKIT_KEYS: 'a: b',
      PATH: '/bin',
    });
    expect(made.deployment).toMatchObject(localKey);
    expect(service(made, 'livekit')?.env).toEqual({
      LIVEKIT_API_KEY: 'theirs',
      LIVEKIT_KEYS: 'local: a-secret-of-this-start',
      PATH: '/bin',
    });
  });

  test.each(['lk.example', 'ftp://lk.example'])('LIVEKIT_URL %s is refused by name', (url) => {
    expect(() => plan({}, { url })).toThrow('LIVEKIT_URL is no ws:, wss:, http: or https: address');
  });

  test.each(['0', '65536', '80.5', 'x'])('AGENT_PORT %s is refused by name', (AGENT_PORT) => {
    expect(() => plan({ AGENT_PORT })).toThrow('AGENT_PORT is no port');
  });
});

describe('the page', () => {
  test('gets the key of LiveKit and none of the model, and may try any profile on this machine', () => {
    const made = plan({ GOOGLE_API_KEY: 'k', TOOL_WEBHOOK_SECRET: 's', AGENT_NAME: 'ada', PATH: '/bin' });
    expect(service(made, 'web')?.env).toEqual({
      PATH: '/bin',
      AGENT_NAME: 'ada',
      LIVEKIT_URL: 'ws://127.0.0.1:7880',
      LIVEKIT_API_KEY: 'local',
      LIVEKIT_API_SECRET: 'a-secret-of-this-start',
      WEB_HOST: '127.0.0.1',
      WEB_PORT: '8080',
      WEB_PROFILES: 'any',
    });
    expect(made.pageUrl).toBe('http://127.0.0.1:8080');
  });

  test('that others can reach takes named profiles alone', () => {
    const made = plan({ WEB_HOST: '0.0.0.0', WEB_PORT: '80' });
    expect(service(made, 'web')?.env.WEB_PROFILES).toBe('named');
    expect(made.pageUrl).toBe('http://127.0.0.1:80');
  });
});

describe('join link', () => {
  const deployment = {
    url: 'ws://127.0.0.1:7880',
    apiKey: 'devkey',
    apiSecret: 'secret-of-thirty-two-characters!',
  };

  async function tokenOf(agentName: string) {
    const link = new URL(joinLink(deployment, { room: 'r', identity: 'guest', agentName }));
    expect(link.searchParams.get('liveKitUrl')).toBe(deployment.url);
    const verifier = new TokenVerifier(deployment.apiKey, deployment.apiSecret);
    return verifier.verify(link.searchParams.get('token') ?? '');
  }

  test("LiveKit's own verifier takes its token, which dispatches the agent", async () => {
    const claims = await tokenOf('gemini');
    expect(claims).toMatchObject({ sub: 'guest', video: { roomJoin: true, room: 'r' } });
    expect(claims.roomConfig?.agents?.map(({ agentName }) => agentName)).toEqual(['gemini']);
  });

  test('with automatic dispatch the token names no agent', async () => {
    expect((await tokenOf('')).roomConfig).toBeUndefined();
  });
});
