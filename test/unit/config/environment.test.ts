// The environment: defaults, every wrong value at once by name, and no value ever told.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EnvironmentError, readEnvironment, requireModelAccess } from '../../../src/config/environment.js';
import { environmentShape } from '../../../src/config/environment-fields.js';
import { defaultMaxRooms } from '../../../src/config/rooms.js';

const machine = { cores: 4, totalMemoryBytes: 8 * 1024 ** 3 };
const read = (env: Record<string, string | undefined>) => readEnvironment(env, machine);

function problemsOf(env: Record<string, string>): Record<string, string> {
  try {
    read(env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return Object.fromEntries(error.problems.map(({ name, message }) => [name, message]));
  }
  throw new Error('expected an EnvironmentError');
}

test('an empty environment gives the local deployment', () => {
  expect(read({})).toEqual({
    livekit: {
      url: 'ws://127.0.0.1:7880',
      apiKey: 'devkey',
      apiSecret: 'secretsecretsecretsecretsecretsecret',
    },
    google: {},
    agentName: 'gemini',
    agentHost: '127.0.0.1',
    agentPort: 8081,
    maxRooms: 17,
    isolation: 'process',
    drainMs: 600_000,
    toolWebhookOrigins: [],
    logLevel: 'info',
  });
});

test('every variable is taken over', () => {
  const stateKey = Buffer.alloc(32, 7);
  expect(
    read({
      LIVEKIT_URL: 'https://calls.example.com/',
      LIVEKIT_API_KEY: 'key',
      LIVEKIT_API_SECRET: 's'.repeat(40),
      GEMINI_API_KEY: 'auth_tokens/abc',
      GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:8790',
      GOOGLE_GENAI_USE_VERTEXAI: 'TRUE',
      GOOGLE_CLOUD_PROJECT: 'project',
      GOOGLE_CLOUD_LOCATION: 'us-central1',
      AGENT_NAME: 'helper',
      AGENT_HOST: '0.0.0.0',
      AGENT_PORT: '0',
      AGENT_PROFILE: '/etc/agent/profile.json',
      AGENT_MAX_ROOMS: '3',
      AGENT_ISOLATION: 'shared',
      AGENT_DRAIN_MS: '0',
      REDIS_URL: 'rediss://cache.example.com:6380/2',
      AGENT_STATE_KEY: stateKey.toString('base64'),
      TOOL_WEBHOOK_ORIGINS: 'https://a.example.com, http://b.example.com:8080/',
      TOOL_WEBHOOK_SECRET: 'a-secret-of-some-length',
      LOG_LEVEL: 'Debug',
    }),
  ).toEqual({
    livekit: { url: 'wss://calls.example.com', apiKey: 'key', apiSecret: 's'.repeat(40) },
    google: {
      apiKey: 'auth_tokens/abc',
      baseUrl: 'http://127.0.0.1:8790',
      vertex: { project: 'project', location: 'us-central1' },
    },
    agentName: 'helper',
    agentHost: '0.0.0.0',
    agentPort: 0,
    profilePath: '/etc/agent/profile.json',
    maxRooms: 3,
    isolation: 'shared',
    drainMs: 0,
    redisUrl: 'rediss://cache.example.com:6380/2',
    stateKey: new Uint8Array(stateKey),
    toolWebhookOrigins: ['https://a.example.com', 'http://b.example.com:8080'],
    toolWebhookSecret: 'a-secret-of-some-length',
    logLevel: 'debug',
  });
});

test('a set but empty AGENT_NAME means automatic dispatch, other empty variables count as unset', () => {
  const environment = read({ AGENT_NAME: '', AGENT_PORT: ' ', GOOGLE_API_KEY: '' });
  expect(environment).toMatchObject({ agentName: '', agentPort: 8081, google: {} });
});

test('GOOGLE_API_KEY wins over GEMINI_API_KEY, as in the SDK', () => {
  expect(read({ GOOGLE_API_KEY: 'first', GEMINI_API_KEY: 'second' }).google).toEqual({ apiKey: 'first' });
});

test('the result cannot be changed, whatever the depth', () => {
  const environment = read({});
  expect(() => Object.assign(environment.livekit, { url: 'ws://elsewhere' })).toThrow(TypeError);
  expect(() => (environment.toolWebhookOrigins as string[]).push('x')).toThrow(TypeError);
});

describe('wrong values', () => {
  const wrong: Record<string, string> = {
    LIVEKIT_URL: 'calls.example.com',
    LIVEKIT_API_KEY: 'with blank',
    LIVEKIT_API_SECRET: 'short',
    GOOGLE_API_KEY: 'a&b',
    GEMINI_API_KEY: 'a b',
    GOOGLE_GEMINI_BASE_URL: 'ws://127.0.0.1:1',
    GOOGLE_GENAI_USE_VERTEXAI: 'perhaps',
    GOOGLE_CLOUD_PROJECT: 'a b',
    GOOGLE_CLOUD_LOCATION: 'a,b',
    AGENT_NAME: 'two words',
    AGENT_PORT: '70000',
    AGENT_MAX_ROOMS: '0',
    AGENT_ISOLATION: 'thread',
    AGENT_DRAIN_MS: '-5',
    REDIS_URL: 'http://cache',
    AGENT_STATE_KEY: 'c2hvcnQ=',
    TOOL_WEBHOOK_ORIGINS: 'https://a.example.com/path',
    TOOL_WEBHOOK_SECRET: 'tooshort',
    LOG_LEVEL: 'loud',
  };

  test('are all reported at once, each by its name', () => {
    expect(Object.keys(problemsOf(wrong)).sort()).toEqual(Object.keys(wrong).sort());
    const free = ['AGENT_HOST', 'AGENT_PROFILE'];
    expect(Object.keys(environmentShape).sort()).toEqual([...Object.keys(wrong), ...free].sort());
  });

  test.each(Object.entries(wrong))('%s says what is allowed', (name, value) => {
    expect(problemsOf({ [name]: value })[name]).toMatch(/^must/);
  });

  test('never appear in the message, which is one line', () => {
    // Wrong for every variable but the webhook secret, which may hold any 16 characters.
    const name = fc.constantFrom(...Object.keys(wrong).filter((key) => key !== 'TOOL_WEBHOOK_SECRET'));
    fc.assert(
      fc.property(name, fc.stringMatching(/^Zq[0-9a-f]{12} [0-9a-f]{8}$/), (key, value) => {
        const told = JSON.stringify(problemsOf({ [key]: value }));
        expect(told).toContain(key);
        expect(told).not.toContain(value);
        expect(told).not.toContain('\\n');
      }),
    );
    expect(JSON.stringify(problemsOf({ TOOL_WEBHOOK_SECRET: 'tooshort' }))).not.toContain('tooshort');
  });

  test('another LiveKit server needs its own key and secret', () => {
    expect(Object.keys(problemsOf({ LIVEKIT_URL: 'wss://calls.example.com', AGENT_PORT: 'x' }))).toEqual([
      'AGENT_PORT',
      'LIVEKIT_API_KEY',
      'LIVEKIT_API_SECRET',
    ]);
    expect(read({ LIVEKIT_URL: 'ws://localhost:7000' }).livekit.apiKey).toBe('devkey');
  });

  test('Vertex AI needs a project and a location, webhooks a secret', () => {
    expect(Object.keys(problemsOf({ GOOGLE_GENAI_USE_VERTEXAI: '1' }))).toEqual([
      'GOOGLE_CLOUD_PROJECT',
      'GOOGLE_CLOUD_LOCATION',
    ]);
    expect(Object.keys(problemsOf({ TOOL_WEBHOOK_ORIGINS: 'https://a.example.com' }))).toEqual([
      'TOOL_WEBHOOK_SECRET',
    ]);
  });
});

describe('access to a model', () => {
  test.each<[string, Record<string, string>]>([
    ['a key', { GEMINI_API_KEY: 'key' }],
    ['another address', { GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:8790' }],
    ['Vertex AI', { GOOGLE_GENAI_USE_VERTEXAI: '1', GOOGLE_CLOUD_PROJECT: 'p', GOOGLE_CLOUD_LOCATION: 'l' }],
  ])('%s is enough', (_, env) => {
    expect(() => requireModelAccess(read(env))).not.toThrow();
  });

  test('without any, one line names the variables', () => {
    let message = '';
    try {
      requireModelAccess(read({}));
    } catch (error) {
      message = String(error);
    }
    for (const name of [
      'GOOGLE_API_KEY',
      'GEMINI_API_KEY',
      'GOOGLE_GEMINI_BASE_URL',
      'GOOGLE_GENAI_USE_VERTEXAI',
    ]) {
      expect(message).toContain(name);
    }
    expect(message).not.toContain('\n');
  });
});

describe('rooms by default', () => {
  const gigabyte = 1024 ** 3;

  test('cores bound a machine with much memory, memory one with little', () => {
    expect(defaultMaxRooms({ cores: 2, totalMemoryBytes: 64 * gigabyte, isolation: 'process' })).toBe(8);
    expect(defaultMaxRooms({ cores: 64, totalMemoryBytes: gigabyte, isolation: 'process' })).toBe(4);
  });

  test('there is always one, and more machine never means fewer', () => {
    const isolation = fc.constantFrom('process' as const, 'shared' as const);
    const size = {
      cores: fc.integer({ min: 1, max: 256 }),
      totalMemoryBytes: fc.integer({ min: 0, max: 2 ** 40 }),
    };
    fc.assert(
      fc.property(fc.record({ ...size, isolation }), fc.nat(64), fc.nat(2 ** 36), (small, cores, bytes) => {
        const rooms = defaultMaxRooms(small);
        expect(rooms).toBeGreaterThanOrEqual(1);
        expect(
          defaultMaxRooms({
            isolation: small.isolation,
            cores: small.cores + cores,
            totalMemoryBytes: small.totalMemoryBytes + bytes,
          }),
        ).toBeGreaterThanOrEqual(rooms);
      }),
    );
  });
});
