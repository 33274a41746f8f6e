// The environment: defaults, every wrong value at once by name, and no value ever told.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EnvironmentError, readEnvironment, requireModelAccess } from '../../../src/config/environment.js';
import { environmentShape } from '../../../src/config/environment-fields.js';
import { FILE_LIVEKIT, runningLivekit } from '../../../src/config/local-livekit.js';
import { defaultMaxRooms } from '../../../src/config/rooms.js';

const machine = { cores: 4, totalMemoryBytes: 8 * 1024 ** 3 };
const read = (env: Record<string, string | undefined>) => readEnvironment(env, machine, FILE_LIVEKIT);

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
    maxRooms: 32,
    limits: { call: {}, hour: {}, room: {} },
    isolation: 'shared',
    drainMs: 600_000,
    toolWebhookOrigins: [],
    report: {},
    web: { host: '127.0.0.1', port: 8080, profiles: 'named', origins: [], tokensPerMinute: 30 },
    logLevel: 'info',
    logFormat: 'json',
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
      AGENT_MAX_CALL_MINUTES: '1',
      AGENT_MAX_CALL_TOKENS: '2',
      AGENT_MAX_HOUR_CALLS: '3',
      AGENT_MAX_HOUR_MINUTES: '4',
      AGENT_MAX_HOUR_TOKENS: '5',
      AGENT_MAX_ROOM_CALLS: '6',
      AGENT_MAX_ROOM_MINUTES: '7',
      AGENT_MAX_ROOM_TOKENS: '8',
      AGENT_ISOLATION: 'shared',
      AGENT_DRAIN_MS: '0',
      REDIS_URL: 'rediss://cache.example.com:6380/2',
      AGENT_STATE_KEY: stateKey.toString('base64'),
      TOOL_WEBHOOK_ORIGINS: 'https://a.example.com, http://b.example.com:8080/',
      TOOL_WEBHOOK_SECRET: 'a-secret-of-some-length-',
      AGENT_PROFILES: '/etc/agent/profiles',
      CALL_REPORT_DIR: '/var/lib/agent/reports',
      CALL_REPORT_URL: 'https://crm.example.com/calls',
      CALL_REPORT_SECRET: 'another-secret-of-some-length',
      WEB_HOST: '0.0.0.0',
      WEB_PORT: '80',
      WEB_PROFILES: 'any',
      WEB_ORIGINS: 'https://talk.example.com',
      WEB_LIVEKIT_URL: 'https://rtc.example.com/',
      WEB_TOKENS_PER_MINUTE: '5',
      LOG_LEVEL: 'Debug',
      LOG_FORMAT: 'Pretty',
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
    limits: {
      call: { minutes: 1, tokens: 2 },
      hour: { calls: 3, minutes: 4, tokens: 5 },
      room: { calls: 6, minutes: 7, tokens: 8 },
    },
    isolation: 'shared',
    drainMs: 0,
    redisUrl: 'rediss://cache.example.com:6380/2',
    stateKey: new Uint8Array(stateKey),
    toolWebhookOrigins: ['https://a.example.com', 'http://b.example.com:8080'],
    toolWebhookSecret: 'a-secret-of-some-length-',
    report: {
      folder: '/var/lib/agent/reports',
      url: 'https://crm.example.com/calls',
      secret: 'another-secret-of-some-length',
    },
    profilesFolder: '/etc/agent/profiles',
    web: {
      host: '0.0.0.0',
      port: 80,
      profiles: 'any',
      origins: ['https://talk.example.com'],
      livekitUrl: 'wss://rtc.example.com',
      tokensPerMinute: 5,
    },
    logLevel: 'debug',
    logFormat: 'pretty',
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
    LIVEKIT_API_SECRET: 'two words',
    GOOGLE_API_KEY: 'a&b',
    GEMINI_API_KEY: 'a b',
    GOOGLE_GEMINI_BASE_URL: 'ws://127.0.0.1:1',
    GOOGLE_GENAI_USE_VERTEXAI: 'perhaps',
    GOOGLE_CLOUD_PROJECT: 'a b',
    GOOGLE_CLOUD_LOCATION: 'a,b',
    AGENT_NAME: 'two words',
    HTTPS_PROXY: 'socks5://proxy:1080',
    HTTP_PROXY: 'http://',
    AGENT_PORT: '70000',
    AGENT_MAX_ROOMS: '0',
    AGENT_MAX_CALL_MINUTES: '10081',
    AGENT_MAX_CALL_TOKENS: '0',
    AGENT_MAX_HOUR_CALLS: '1.5',
    AGENT_MAX_HOUR_MINUTES: '-1',
    AGENT_MAX_HOUR_TOKENS: '1e6',
    AGENT_MAX_ROOM_CALLS: 'none',
    AGENT_MAX_ROOM_MINUTES: '1000000000001',
    AGENT_MAX_ROOM_TOKENS: '5 000',
    AGENT_ISOLATION: 'thread',
    AGENT_DRAIN_MS: '-5',
    REDIS_URL: 'http://cache',
    AGENT_STATE_KEY: 'c2hvcnQ=',
    TOOL_WEBHOOK_ORIGINS: 'https://a.example.com/path',
    TOOL_WEBHOOK_SECRET: 'tooshort',
    CALL_REPORT_URL: 'crm.example.com',
    CALL_REPORT_SECRET: 'brief',
    WEB_PORT: 'x',
    WEB_PROFILES: 'some',
    WEB_ORIGINS: 'talk.example.com',
    WEB_LIVEKIT_URL: 'ftp://a',
    WEB_TOKENS_PER_MINUTE: '0',
    LOG_LEVEL: 'loud',
    LOG_FORMAT: 'xml',
    OTEL_SDK_DISABLED: 'perhaps',
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'ftp://collector',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
    OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'some',
  };

  test('are all reported at once, each by its name', () => {
    expect(Object.keys(problemsOf(wrong)).sort()).toEqual(Object.keys(wrong).sort());
    const free = [
      'AGENT_HOST',
      'AGENT_MCP',
      'AGENT_PROFILE',
      'AGENT_PROFILES',
      'CALL_REPORT_DIR',
      'GOOGLE_ACCESS_FILE',
      'LIVEKIT_E2EE_KEY',
      'NO_PROXY',
      'WEB_HOST',
    ];
    expect(Object.keys(environmentShape).sort()).toEqual([...Object.keys(wrong), ...free].sort());
  });

  test.each(Object.entries(wrong))('%s says what is allowed', (name, value) => {
    expect(problemsOf({ [name]: value })[name]).toMatch(/^must/);
  });

  test('never appear in the message, which is one line', () => {
    // Wrong for every variable but the webhooks' secrets, which may hold any characters.
    const name = fc.constantFrom(
      ...Object.keys(wrong).filter((key) => key !== 'CALL_REPORT_SECRET' && key !== 'TOOL_WEBHOOK_SECRET'),
    );
    fc.assert(
      fc.property(name, fc.stringMatching(/^Zq[0-9a-f]{12} [0-9a-f]{12}$/), (key, value) => {
        const told = JSON.stringify(problemsOf({ [key]: value }));
        expect(told).toContain(key);
        expect(told).not.toContain(value);
        expect(told).not.toContain('\\n');
      }),
    );
    for (const secret of ['TOOL_WEBHOOK_SECRET', 'CALL_REPORT_SECRET'])
      expect(JSON.stringify(problemsOf({ [secret]: 'tooshort' }))).not.toContain('tooshort');
  });

  test('the secret of a LiveKit server in its development mode is taken', () => {
    const env = {
      LIVEKIT_URL: 'ws://127.0.0.1:7880',
      LIVEKIT_API_KEY: 'devkey',
      LIVEKIT_API_SECRET: 'secret',
    };
    expect(read(env).livekit).toMatchObject({ apiKey: 'devkey', apiSecret: 'secret' });
  });

  test('another LiveKit server needs its own key and secret', () => {
    expect(Object.keys(problemsOf({ LIVEKIT_URL: 'wss://calls.example.com', AGENT_PORT: 'x' }))).toEqual([
      'AGENT_PORT',
      'LIVEKIT_API_KEY',
      'LIVEKIT_API_SECRET',
    ]);
    expect(read({ LIVEKIT_URL: 'ws://localhost:7000' }).livekit.apiKey).toBe('devkey');
  });

  test.each([
    ['short', false],
    ['whsec_c2hvcnQ=', false],
    // 31 characters of base64 are 23 bytes.
    [`whsec_${Buffer.alloc(23).toString('base64')}`, false],
    [Buffer.alloc(24).toString('base64'), true],
    [`whsec_${Buffer.alloc(32).toString('base64')}`, true],
    ['no base64, but of 24 bytes', true],
  ])('a webhook secret has 24 bytes: %s', (secret, isTaken) => {
    const env = { TOOL_WEBHOOK_SECRET: secret };
    if (isTaken) expect(read(env).toolWebhookSecret).toBe(secret);
    else expect(problemsOf(env)).toEqual({ TOOL_WEBHOOK_SECRET: expect.stringContaining('24 bytes') });
  });

  test.each<[string, Record<string, string>, boolean]>([
    ['a key to another machine', { GEMINI_API_KEY: 'key' }, true],
    ['an ephemeral token to another machine', { GOOGLE_API_KEY: 'auth_tokens/x' }, true],
    ['no key at all', {}, false],
  ])('http: with %s', (_what, env, isRefused) => {
    for (const address of ['http://proxy.example.com', 'http://10.0.0.7:8790', 'http://127.example.com']) {
      const set = { ...env, GOOGLE_GEMINI_BASE_URL: address };
      if (!isRefused) expect(read(set).google.baseUrl).toBe(address);
      else expect(problemsOf(set)).toEqual({ GOOGLE_GEMINI_BASE_URL: expect.stringContaining('https:') });
    }
    for (const address of [
      'https://proxy.example.com',
      'http://localhost:1',
      'http://[::1]:1',
      'http://127.0.0.2',
    ])
      expect(read({ ...env, GOOGLE_GEMINI_BASE_URL: address }).google.baseUrl).toBe(address);
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

describe('the server of npm start', () => {
  const local = { url: 'ws://127.0.0.1:7881', apiKey: 'local', apiSecret: 'x'.repeat(43) };
  const readWith = (env: Record<string, string>) => readEnvironment(env, machine, local).livekit;

  test('is taken with its key where no other is named, whatever the environment says of a key', () => {
    expect(readWith({})).toEqual(local);
    expect(readWith({ LIVEKIT_API_KEY: 'theirs', LIVEKIT_API_SECRET: 's'.repeat(40) })).toEqual(local);
    expect(readWith({ LIVEKIT_URL: local.url })).toEqual(local);
  });

  test('gives its key to no other server', () => {
    expect(readWith({ LIVEKIT_URL: 'ws://127.0.0.1:7880' })).toEqual(FILE_LIVEKIT);
  });

  test('counts only while the process that has left its key runs', () => {
    const folder = mkdtempSync(join(tmpdir(), 'local-livekit-'));
    const file = join(folder, 'livekit.env');
    const write = (pid: number) =>
      writeFileSync(
        file,
        `LIVEKIT_URL=${local.url}\nLIVEKIT_API_KEY=local\nLIVEKIT_API_SECRET=${local.apiSecret}\nSTART_PID=${pid}\n`,
      );
    try {
      expect(runningLivekit(file)).toBe(FILE_LIVEKIT);
      write(process.pid);
      expect(runningLivekit(file)).toEqual(local);
      write(2 ** 22 + 1);
      expect(runningLivekit(file)).toBe(FILE_LIVEKIT);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test.each(['REDIS_URL', 'AGENT_STATE_KEY'])('%s is refused where it has no effect', (name) => {
  const value = name === 'REDIS_URL' ? 'redis://127.0.0.1' : Buffer.alloc(32, 7).toString('base64');
  const env = { AGENT_ISOLATION: 'process', [name]: value };
  expect(() => readEnvironment(env)).toThrow(`${name} must not be set with AGENT_ISOLATION=process`);
});

test('calls are kept in Redis only where they can be encrypted', () => {
  const env = { AGENT_ISOLATION: 'shared', REDIS_URL: 'redis://127.0.0.1' };
  expect(() => readEnvironment(env)).toThrow('AGENT_STATE_KEY must be set when REDIS_URL is');
});
