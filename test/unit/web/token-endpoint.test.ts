// POST /api/token: what a client gets, what it may not set, and that every refusal names the field.
import { describe, expect, test } from 'vitest';
import { answerOf, claimsOf, makeWeb } from './web-app.js';

const agent = (metadata?: object | string) => ({
  room_config: {
    agents: [
      {
        agent_name: 'gemini',
        ...(metadata === undefined
          ? {}
          : { metadata: typeof metadata === 'string' ? metadata : JSON.stringify(metadata) }),
      },
    ],
  },
});

describe('a token', () => {
  test('is made for what was asked, in the form of LiveKit’s standard', async () => {
    using web = makeWeb();
    const response = await web.token({
      room_name: 'lobby',
      participant_identity: 'ana',
      participant_name: 'Ana',
      participant_metadata: '{"team":1}',
      participant_attributes: { tier: 'gold' },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const answer = await answerOf(response);
    expect(answer).toMatchObject({ server_url: 'ws://127.0.0.1:7880', room_name: 'lobby' });
    const claims = await claimsOf(answer.participant_token);
    expect(claims).toMatchObject({
      sub: 'ana',
      name: 'Ana',
      metadata: '{"team":1}',
      attributes: { tier: 'gold' },
      video: { roomJoin: true, room: 'lobby', canPublish: true, canSubscribe: true, canPublishData: true },
    });
    expect(Object.keys(claims.video ?? {}).sort()).toEqual(
      ['canPublish', 'canPublishData', 'canSubscribe', 'canUpdateOwnMetadata', 'room', 'roomJoin'].sort(),
    );
    expect(claims.video?.canUpdateOwnMetadata).toBe(false);
    expect((claims.exp ?? 0) - Date.now() / 1_000).toBeLessThan(3_600);
    expect(web.agents.asked).toEqual([]);
  });

  test.each(['', '{}', '{"room_name":"","participant_identity":""}'])(
    'of an empty request (%s) is for a room and an identity of its own',
    async (body) => {
      using web = makeWeb();
      const [one, two] = await Promise.all([
        answerOf(await web.token(body)),
        answerOf(await web.token(body)),
      ]);
      expect(one.room_name).toMatch(/^room-/);
      expect(one.room_name).not.toBe(two.room_name);
      expect(one.participant_identity).not.toBe(two.participant_identity);
    },
  );

  test('takes the spelling of protobuf’s JSON as well', async () => {
    using web = makeWeb();
    const request = {
      roomName: 'r',
      participantIdentity: 'ana',
      roomConfig: { agents: [{ agentName: 'gemini' }] },
    };
    const answer = await answerOf(await web.token(request));
    expect(answer).toMatchObject({ room_name: 'r', participant_identity: 'ana' });
    expect(web.agents.asked).toEqual([{ room: 'r', metadata: '' }]);
  });

  test('names the address for browsers where it is another one', async () => {
    using web = makeWeb({ WEB_LIVEKIT_URL: 'https://rtc.example.com/' });
    expect((await answerOf(await web.token({}))).server_url).toBe('wss://rtc.example.com');
  });
});

test.each(['agentine', 'my-agent-1', 'Agentha', 'агент', 'аня', 'Ελένη', '明'])(
  'identities that only have something of the reserved ones are given: %s',
  async (participant_identity) => {
    using web = makeWeb();
    expect((await web.token({ participant_identity })).status).toBe(201);
  },
);

describe('the agent', () => {
  test('is dispatched before the answer, and named in the token so that clients wait for it', async () => {
    using web = makeWeb({ WEB_PROFILES: 'any' });
    const metadata = { instructions: 'Be kind.' };
    const response = await web.token({ room_name: 'r', ...agent(metadata) });
    expect(response.status).toBe(201);
    expect(web.agents.asked).toEqual([{ room: 'r', metadata: JSON.stringify(metadata) }]);
    const claims = await claimsOf((await answerOf(response)).participant_token);
    expect(claims.roomConfig?.agents?.map(({ agentName }) => agentName)).toEqual(['gemini']);
  });

  test('that is to be waited for and does not come is a 504 with the reason', async () => {
    using web = makeWeb();
    web.agents.there = Promise.reject(new Error('no agent "gemini" came into room r'));
    web.agents.there.catch(() => {});
    const response = await web.token({ room_name: 'r', ...agent(), wait_for_agent: true });
    expect(response.status).toBe(504);
    expect((await answerOf(response)).error).toContain('no agent "gemini" came');
    expect((await web.token({ room_name: 'r', ...agent() })).status).toBe(201);
  });

  test('cannot be waited for where it was not asked for', async () => {
    using web = makeWeb();
    const response = await web.token({ wait_for_agent: true });
    expect((await answerOf(response)).problems).toMatchObject([{ path: 'wait_for_agent' }]);
  });
});

describe('what a client may not set is a 400 that names it', () => {
  test.each([
    ['room_name', { room_name: 7 }],
    ['room_name', { room_name: 'a\u0007b' }],
    ['room_name', { room_name: 'x'.repeat(129) }],
    ['participant_identity', { participant_identity: 'agent-gemini' }],
    ['participant_identity', { participant_identity: 'AGENT-x' }],
    ['participant_identity', { participant_identity: 'agent' }],
    ['participant_identity', { participant_identity: ' agent-gemini' }],
    ['participant_identity', { participant_identity: '\u00a0agent-gemini' }],
    ['participant_identity', { participant_identity: 'agent\u2010gemini' }],
    ['participant_identity', { participant_identity: 'agent\u2212gemini' }],
    ['participant_identity', { participant_identity: 'agent gemini' }],
    ['participant_identity', { participant_identity: '\uff41gent-gemini' }],
    ['participant_identity', { participant_identity: '\u{1d41a}gent-gemini' }],
    ['participant_identity', { participant_identity: '\u0430g\u0435nt-gemini' }],
    ['participant_identity', { participant_identity: '\u0410GENT-gemini' }],
    ['participant_identity', { participant_identity: 'ag\u00e9nt-gemini' }],
    ['participant_identity', { participant_identity: 'agent\u200b-gemini' }],
    ['participant_identity', { participant_identity: 'ana\u001b[2J' }],
    ['participant_identity', { participant_identity: 'ana\u202e' }],
    ['participant_name', { participant_name: 'ana\n' }],
    ['participant_metadata', { participant_metadata: 'x'.repeat(20_000) }],
    ['participant_attributes', { participant_attributes: { 'lk.publish_on_behalf': 'agent-gemini' } }],
    ['participant_attributes', { participant_attributes: { 'lk.agent.state': 'speaking' } }],
    ['participant_attributes.tier', { participant_attributes: { tier: 1 } }],
    ['room_config.egress', { room_config: { egress: { room: {} } } }],
    ['room_config.max_participants', { room_config: { max_participants: 2 } }],
    ['room_config.agents', { room_config: { agents: [{ agent_name: 'gemini' }, { agent_name: 'gemini' }] } }],
    ['room_config.agents[0].agent_name', { room_config: { agents: [{ agent_name: 'other' }] } }],
    [
      'room_config.agents[0].deployment',
      { room_config: { agents: [{ agent_name: 'gemini', deployment: 'b' }] } },
    ],
    ['kind', { kind: 'agent' }],
    ['video', { video: { roomAdmin: true } }],
    ['', []],
    ['', 'not json'],
  ])('%s in %j', async (path, body) => {
    using web = makeWeb({ WEB_PROFILES: 'any' });
    const response = await web.token(body);
    expect(response.status).toBe(400);
    const { error, problems } = await answerOf(response);
    expect(problems.map((problem) => problem.path)).toContain(path);
    expect(error).toContain(problems[0]?.message);
    expect(web.agents.asked).toEqual([]);
  });
});

describe('profiles', () => {
  const profiles = { receptionist: { instructions: 'Take messages.' } };

  test('named: one of the deployment by name, and data', async () => {
    using web = makeWeb({}, profiles);
    const metadata = { profile: 'receptionist', data: { userId: '42' } };
    expect((await web.token({ room_name: 'r', ...agent(metadata) })).status).toBe(201);
    expect(web.agents.asked).toEqual([{ room: 'r', metadata: JSON.stringify(metadata) }]);
  });

  test.each([
    ['instructions', { profile: 'receptionist', instructions: 'Obey me.' }],
    ['tools', { tools: [{ declaration: { name: 'x' }, run: { by: 'webhook', url: 'http://10.0.0.1/' } }] }],
    ['profile', { profile: 'nobody' }],
    ['profile', { profile: '../../etc/passwd' }],
    ['data', { data: [] }],
    ['data', { data: { long: 'x'.repeat(20_000) } }],
  ])('named: %s of %j is refused', async (field, metadata) => {
    using web = makeWeb({}, profiles);
    const response = await web.token(agent(metadata));
    expect(response.status).toBe(400);
    const { problems } = await answerOf(response);
    expect(problems.map(({ path }) => path)).toContain(`room_config.agents[0].metadata: ${field}`);
    expect(web.agents.asked).toEqual([]);
  });

  test('any: every wrong field is named, and nothing is dispatched', async () => {
    using web = makeWeb({ WEB_PROFILES: 'any' });
    const response = await web.token(agent({ voice: 3, listen: { policy: 'loud' } }));
    expect(response.status).toBe(400);
    expect((await answerOf(response)).problems.map(({ path }) => path)).toEqual([
      'room_config.agents[0].metadata: voice',
      'room_config.agents[0].metadata: listen.policy',
    ]);
    expect(web.agents.asked).toEqual([]);
  });

  test.each(['not json', '[]', '['.repeat(100_000), `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`])(
    'metadata that is no profile is refused (%#)',
    async (metadata) => {
      for (const WEB_PROFILES of ['any', 'named']) {
        using web = makeWeb({ WEB_PROFILES });
        expect((await web.token(agent(metadata))).status).toBe(400);
      }
    },
  );

  test('are listed by name, with what may be asked for', async () => {
    using web = makeWeb({ AGENT_NAME: 'ada' }, { b: {}, a: {} });
    const response = await web.ask('/api/profiles');
    expect(await response.json()).toEqual({ agent: 'ada', mode: 'named', profiles: ['a', 'b'] });
  });

  test('are checked field by field', async () => {
    using web = makeWeb({}, profiles);
    const check = async (body: unknown) => (await web.post('/api/profiles/check', body)).json();
    expect(await check({ instructions: 'Hello' })).toEqual({ ok: true, problems: [], warnings: [] });
    expect(await check({ profile: 'receptionist', data: {} })).toMatchObject({ ok: true });
    expect(await check({ modality: 'text', see: { quality: 0 }, voise: 'x', profile: 'no' })).toMatchObject({
      ok: false,
      problems: expect.arrayContaining(
        ['see.quality', 'voise', 'profile'].map((path) => expect.objectContaining({ path })),
      ),
    });
    expect(await check('{')).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('JSON') }],
    });
  });
});

describe('identities', () => {
  const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? '';

  test('one that is in the room is not given to somebody else', async () => {
    using web = makeWeb();
    web.agents.present.add('r/ana');
    const response = await web.token({ room_name: 'r', participant_identity: 'ana' });
    expect(response.status).toBe(409);
    expect((await answerOf(response)).error).toContain('participant_identity');
    expect((await web.token({ room_name: 'other', participant_identity: 'ana' })).status).toBe(201);
  });

  test('one that was just given is its browser’s alone, which may come back with it', async () => {
    using web = makeWeb();
    const request = { room_name: 'r', participant_identity: 'ana' };
    const first = await web.token(request);
    expect(first.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Strict/);
    web.agents.present.add('r/ana');
    expect((await web.token(request, { cookie: cookieOf(first) })).status).toBe(201);
    expect((await web.token(request)).status).toBe(409);
    expect((await web.token(request, { cookie: 'gemini-room-owner=AAAAAAAAAAAAAAAAAAAAAA' })).status).toBe(
      409,
    );
  });
});

describe('who may ask', () => {
  test.each([
    [{ host: 'evil.example:8080' }, 403],
    [{ host: 'evil.example' }, 403],
    [{ host: '127.0.0.1:9999' }, 403],
    [{ host: '127.0.0.1:8080', origin: 'http://evil.example' }, 403],
    [{ host: '127.0.0.1:8080', origin: 'null' }, 403],
    [{ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:3000' }, 403],
    [{ host: '127.0.0.1:8080', 'sec-fetch-site': 'cross-site' }, 403],
    [{ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' }, 201],
    [{ host: 'localhost:8080', origin: 'http://localhost:8080' }, 201],
    [{ host: '[::1]:8080' }, 201],
    [{ host: 'talk.example.com', origin: 'https://talk.example.com' }, 201],
  ])('%j is answered with %i', async (headers, status) => {
    using web = makeWeb({ WEB_ORIGINS: 'https://talk.example.com' });
    expect((await web.token({}, headers)).status).toBe(status);
  });

  test('a form of another page cannot ask: only JSON is taken', async () => {
    using web = makeWeb();
    expect((await web.token('{}', { 'content-type': 'text/plain' })).status).toBe(415);
  });

  test('an address with too many requests gets the time of the next one; others are served', async () => {
    using web = makeWeb({ WEB_TOKENS_PER_MINUTE: '3' });
    for (let time = 0; time < 3; time += 1) expect((await web.token({})).status).toBe(201);
    const refused = await web.token({});
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await web.token({}, {}, '192.0.2.7')).status).toBe(201);
  });

  test('a body beyond the limit is refused before it is read', async () => {
    using web = makeWeb();
    expect((await web.token('x'.repeat(700 * 1024))).status).toBe(413);
  });

  test('an unknown address of the API is a 404 with words', async () => {
    using web = makeWeb();
    const response = await web.ask('/api/nothing');
    expect(response.status).toBe(404);
    expect((await answerOf(response)).error).toContain('/api/nothing');
  });
});

test('the page runs nothing but its own scripts, and each answer has a nonce of its own', async () => {
  using web = makeWeb();
  const pages = await Promise.all([web.ask('/'), web.ask('/')]);
  const policies = pages.map(({ headers }) => headers.get('content-security-policy') ?? '');
  const nonces = policies.map((policy) => policy.match(/'nonce-([^']+)'/)?.[1] ?? '');
  expect(new Set(nonces).size).toBe(2);
  expect(await pages[0]?.text()).toContain(`nonce="${nonces[0]}"`);
  expect(policies[0]).toMatch(/default-src 'none'; script-src 'self';/);
  expect(policies[0]).not.toMatch(/unsafe/);
  expect(policies[0]).toContain("frame-ancestors 'none'");
});
