// Which server the commands connect to, and what they print when that fails.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TokenVerifier } from 'livekit-server-sdk';
import { expect, test } from 'vitest';
import {
  agentIdentity,
  explain,
  httpUrlOf,
  randomName,
  readConnection,
  requireServer,
  talkToken,
} from '../../../cli/connection.js';
import { CliFailure, wordsOf } from '../../../cli/failure.js';

const LOCAL = {
  url: 'ws://127.0.0.1:7880',
  apiKey: 'devkey',
  apiSecret: 'secretsecretsecretsecretsecretsecret',
  agentName: 'gemini',
};

test("the local server is the default, and the worker's variables are ignored", () => {
  expect(readConnection({})).toEqual(LOCAL);
  expect(readConnection({ AGENT_NAME: '', AGENT_PORT: 'wrong' })).toEqual({ ...LOCAL, agentName: '' });
  expect(
    readConnection({
      LIVEKIT_URL: 'https://x.example/',
      LIVEKIT_API_KEY: 'k',
      LIVEKIT_API_SECRET: 's'.repeat(32),
    }),
  ).toMatchObject({ url: 'wss://x.example', apiKey: 'k' });
});

test('an invalid variable is wrong usage, and its value is not printed', () => {
  const wrong = { LIVEKIT_API_SECRET: 'two words' };
  expect(() => readConnection(wrong)).toThrow(CliFailure);
  expect(() => readConnection(wrong)).toThrow(/LIVEKIT_API_SECRET/);
  expect(() => readConnection(wrong)).not.toThrow(/two words/);
});

test('names and addresses', () => {
  expect(agentIdentity('gemini')).toBe('agent-gemini');
  expect(httpUrlOf('ws://127.0.0.1:7880')).toBe('http://127.0.0.1:7880');
  expect(httpUrlOf('wss://x.example')).toBe('https://x.example');
  expect(randomName('talk')).toMatch(/^talk-[0-9a-f]{8}$/);
});

test("a person's token opens one room and no more", async () => {
  const claims = await new TokenVerifier(LOCAL.apiKey, LOCAL.apiSecret).verify(
    await talkToken(LOCAL, 'r', 'ana'),
  );
  expect(claims).toMatchObject({ sub: 'ana' });
  expect(claims.video).toEqual({
    roomJoin: true,
    room: 'r',
    canPublish: true,
    canSubscribe: true,
    canPublishData: true,
  });
});

test('a server answers, or the line says what to do', async () => {
  const server = createServer((_, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await requireServer(`ws://127.0.0.1:${port}`);
  await new Promise((resolve) => server.close(resolve));
  await expect(requireServer(`ws://127.0.0.1:${port}`)).rejects.toThrow(
    `nothing answers at ws://127.0.0.1:${port}: run \`npm start\` in another shell`,
  );
  await expect(requireServer('wss://nowhere.invalid')).rejects.toThrow(
    /^nothing answers at wss:\/\/nowhere\.invalid: check LIVEKIT_URL, /,
  );
});

test('errors become one line', () => {
  const refused = 'ws://x refuses the key: set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to its own';
  expect(explain(Object.assign(new Error('no'), { status: 401 }), 'ws://x').message).toBe(refused);
  expect(explain(new Error('engine: signal failure: 401 Unauthorized'), 'ws://x').message).toBe(refused);
  expect(explain(new Error('two\nlines', { cause: new Error('why') }), 'ws://x').message).toBe(
    'ws://x: two lines (why)',
  );
  const own = new CliFailure('mine', 2);
  expect(explain(own, 'ws://x')).toBe(own);
  expect(wordsOf('text')).toBe('text');
});
