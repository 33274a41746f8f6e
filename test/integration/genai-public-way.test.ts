// An SDK without the part that sockets are made with: connections work through the SDK's own, with one warning.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createClient } from '../../src/gemini/client.js';
import { LiveConnection } from '../../src/gemini/live-connection.js';
import type { CloseInfo } from '../../src/session/wire.js';
import { answerSetup, KEY, LiveService, silent } from '../support/live-service.js';

vi.mock('@google/genai', async (original) => ({ ...(await original<object>()), Live: undefined }));

const warnings: string[] = [];
const log = { warn: (_fields: object, message: string): void => void warnings.push(message) };

beforeEach(() => {
  // With ephemeral tokens the SDK itself prints that they are an experiment.
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

function connect(
  baseUrl: string,
  options: { apiKey?: string; rawSetup?: Record<string, unknown>; deadlineMs?: number } = {},
) {
  const { apiKey = KEY, rawSetup, deadlineMs = 5_000 } = options;
  const messages: unknown[] = [];
  let onClosed: (info: CloseInfo) => void = () => {};
  const closed = new Promise<CloseInfo>((resolve) => {
    onClosed = resolve;
  });
  const connection = new LiveConnection(
    {
      client: createClient({ apiKey, baseUrl }, 'v1alpha', log),
      model: 'gemini-3.8-live',
      config: { generationConfig: { presencePenalty: 0.5 } },
      ...(rawSetup ? { rawSetup } : {}),
      deadlineMs,
    },
    { onMessage: (message) => messages.push(message), onClose: onClosed, onFault: () => {} },
  );
  return { connection, messages, closed };
}

test.each([KEY, 'auth_tokens/abc'])(
  'a conversation goes through, with one warning in all: %s',
  async (apiKey) => {
    await using service = await LiveService.start((peer) => {
      answerSetup(peer);
      peer.socket.once('message', () => peer.send({ sessionResumptionUpdate: { newHandle: 'h' } }));
    });
    const { connection, messages, closed } = connect(service.url, { apiKey });
    await connection.ready;
    const method =
      apiKey === KEY
        ? `BidiGenerateContent?key=${KEY}`
        : `BidiGenerateContentConstrained?access_token=${apiKey}`;
    expect(service.peer.path).toContain(`v1alpha.GenerativeService.${method}`);
    expect(await service.peer.setup()).toMatchObject({
      setup: { model: 'models/gemini-3.8-live', generationConfig: { presencePenalty: 0.5 } },
    });
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    await new Promise<void>((resolve) => connection.ping(resolve));
    expect(connection.send((session) => session.sendClientContent({ turns: 'hello' }))).toBe(true);
    expect(connection.sendMediaFrame('{"realtimeInput":{}}')).toBe(true);
    await vi.waitFor(() => expect(service.peer.received).toHaveLength(3));
    service.peer.send({ serverContent: { turnComplete: true } });
    await vi.waitFor(() => expect(messages).toHaveLength(2));
    await connection.close();
    expect(await closed).toMatchObject({ expected: true });
    await service.peer.closed;
    expect(warnings).toEqual([expect.stringContaining('@google/genai: Live is not as it was')]);
  },
);

test('an end by the service, a refusal and a deadline are reported as ever', async () => {
  await using service = await LiveService.start(answerSetup);
  const ended = connect(service.url);
  await ended.connection.ready;
  service.peer.socket.close(1011, 'Internal error encountered.');
  expect(await ended.closed).toEqual({ code: 1011, reason: 'Internal error encountered.', expected: false });
  service.refuse('429 Too Many Requests');
  expect(await connect(service.url).closed).toMatchObject({ code: 1006, httpStatus: 429, expected: false });
  await using mute = await LiveService.start(silent);
  expect(await connect(mute.url, { deadlineMs: 200 }).closed).toMatchObject({ code: 1006, expected: false });
});

test('a set-up with a field that only this way cannot carry is refused by name', async () => {
  await using service = await LiveService.start();
  const { closed } = connect(service.url, { rawSetup: { historyConfig: {} } });
  expect(await closed).toMatchObject({
    own: true,
    reason: 'this version of @google/genai cannot send setup.historyConfig: install 2.32.0',
  });
  expect(service.peers).toEqual([]);
});
