// Faults, by method and by the control port, as the real SDK meets them.
import { describe, expect, it } from 'vitest';
import { type LiveApiOptions, startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { openRaw, rawClient } from '../support/raw-client.js';
import { connectSdk, isTurnComplete } from '../support/sdk-client.js';

const start = (options: LiveApiOptions = {}) =>
  startLiveApi({ speech: 'tones', pace: 'prompt', answerer: briefAnswerer(), ...options });

async function control(url: string, method: string, path: string, body?: object) {
  const response = await fetch(`${url}/control/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('connections end', () => {
  it('without a word', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url);
    server.faults.kill();
    expect(await client.closed).toMatchObject({ code: 1006 });
  });

  it('with any code and reason', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url);
    server.faults.close(1008, 'Operation is not implemented, or supported, or enabled.');
    expect(await client.closed).toEqual({
      code: 1008,
      reason: 'Operation is not implemented, or supported, or enabled.',
    });
  });

  it('after a goAway, when its time is over', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url);
    server.faults.goAway({ timeLeftMs: 200 });
    await client.waitFor((message) => message.goAway?.timeLeft === '0.200s');
    expect(await client.closed).toEqual({
      code: 1011,
      reason: 'Deadline expired before operation could complete.',
    });
  });
});

describe('connections do not begin', () => {
  it.each([429, 503])('with HTTP %i on the upgrade, as often as wanted', async (status) => {
    await using server = await start();
    server.faults.refuseUpgrades(status, 2);
    for (let n = 0; n < 2; n++) {
      const refused = rawClient(server.url);
      expect((await refused.closed).code).toBe(1006);
      expect(refused.errors).toEqual([`Unexpected server response: ${status}`]);
    }
    const client = await openRaw(server.url);
    client.socket.terminate();
  });

  it('when setupComplete is withheld', async () => {
    await using server = await start();
    server.faults.withholdSetup();
    const stuck = rawClient(server.url, { setup: { model: 'models/gemini-3.8-live' } });
    const other = await openRaw(server.url);
    expect(stuck.messages).toEqual([]);
    stuck.socket.terminate();
    other.socket.terminate();
  });

  it('when the handle is refused', async () => {
    await using server = await start({ resumption: { idleRefusalMs: 0 } });
    const first = await openRaw(server.url);
    const update = (await first.next('sessionResumptionUpdate')).sessionResumptionUpdate as {
      newHandle: string;
    };
    first.socket.close();
    await first.closed;
    server.faults.refuseHandles(1, { code: 1008, reason: 'Requested entity was not found.' });
    const setup = { model: 'models/gemini-3.8-live', sessionResumption: { handle: update.newHandle } };
    expect(await rawClient(server.url, { setup }).closed).toEqual({
      code: 1008,
      reason: 'Requested entity was not found.',
    });
    const again = await openRaw(server.url, setup);
    again.socket.terminate();
  });
});

describe('messages go wrong', () => {
  it('come twice, or in the wrong order', async () => {
    await using server = await start();
    const client = await openRaw(server.url);
    await client.next('sessionResumptionUpdate');
    const from = client.messages.length;
    server.faults.apply({ fault: 'duplicate' });
    server.faults.send({ a: 1 });
    server.faults.apply({ fault: 'reorder' });
    server.faults.send({ b: 1 });
    server.faults.send({ c: 1 });
    await client.next('b');
    expect(client.messages.slice(from)).toEqual([{ a: 1 }, { a: 1 }, { c: 1 }, { b: 1 }]);
    client.socket.terminate();
  });

  it('are no JSON', async () => {
    await using server = await start();
    const client = await openRaw(server.url);
    const frame = new Promise((resolve) => {
      client.socket.removeAllListeners('message');
      client.socket.on('message', (data) => resolve(data.toString()));
    });
    server.faults.malformed('{"serverContent": {');
    expect(await frame).toBe('{"serverContent": {');
    client.socket.terminate();
  });

  it('come late: transcripts after turnComplete', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url, { config: { outputAudioTranscription: {} } });
    server.faults.apply({ fault: 'late-transcripts', delayMs: 1500 });
    client.session.sendRealtimeInput({ text: 'hello' });
    await client.waitFor((message) => message.serverContent?.outputTranscription !== undefined);
    expect(client.messages.some(isTurnComplete)).toBe(true);
  });

  it('come slowly, but in order', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url);
    server.faults.slow({ latencyMs: 300, jitterMs: 100 });
    const sentMs = client.nowMs();
    for (let n = 0; n < 20; n++) server.faults.send({ goAway: { timeLeft: `${n}s` } });
    await client.waitFor((message) => message.goAway?.timeLeft === '19s');
    expect(client.nowMs() - sentMs).toBeGreaterThan(290);
    const order = client.messages.flatMap((message) => message.goAway?.timeLeft ?? []);
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => `${n}s`));
  });

  it('do not come while the network is frozen, and all of them after', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url);
    const session = await server.waitForSession();
    server.faults.freeze();
    client.session.sendRealtimeInput({ text: 'hello' });
    server.faults.send({ goAway: { timeLeft: '1s' } });
    await using other = await connectSdk(server.url);
    other.session.sendRealtimeInput({ text: 'hello' });
    await other.waitFor(isTurnComplete);
    expect(session.received).toHaveLength(1);
    expect(client.messages.some(({ goAway }) => goAway)).toBe(false);
    server.faults.thaw({ id: session.id });
    await client.waitFor(isTurnComplete);
    expect(client.messages.some(({ goAway }) => goAway)).toBe(true);
  });

  it('are phantoms: interrupted, an empty turn, a turn of near-silence, speech without an input', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url);
    server.faults.interrupt();
    await client.waitFor((message) => message.serverContent?.interrupted === true);
    server.faults.apply({ fault: 'empty-turn' });
    await client.waitFor(isTurnComplete);
    expect(client.messages.some((message) => message.data)).toBe(false);
    const from = client.received.length;
    server.faults.apply({ fault: 'silent-turn', durationMs: 400 });
    await client.waitFor(isTurnComplete, from);
    const audio = Buffer.concat(
      client.messages.flatMap(({ data }) => (data ? [Buffer.from(data, 'base64')] : [])),
    );
    expect(audio).toHaveLength(400 * 48);
    expect(Math.abs(audio.readInt16LE(0))).toBe(1);
    const then = client.received.length;
    server.faults.say('Hello?');
    await client.waitFor(isTurnComplete, then);
  });

  it('are tool calls twice over, and calls taken back', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url, {
      config: { tools: [{ functionDeclarations: [{ name: 'look_up' }] }] },
    });
    server.faults.apply({ fault: 'double-calls' });
    client.session.sendRealtimeInput({ text: 'look up' });
    await client.waitFor(isTurnComplete);
    const ids = client.messages.flatMap(({ toolCall }) => toolCall?.functionCalls?.map(({ id }) => id) ?? []);
    expect(ids).toEqual([ids[0], ids[0]]);
    server.faults.apply({ fault: 'cancel-calls' });
    const { toolCallCancellation } = await client.waitFor(
      (message) => message.toolCallCancellation !== undefined,
    );
    expect(toolCallCancellation?.ids).toEqual([ids[0]]);
  });
});

describe('the control port', () => {
  it('lists sessions and executes faults on them', async () => {
    await using server = await start();
    await using client = await connectSdk(server.url);
    const { id } = await server.waitForSession();
    const list = await control(server.url, 'GET', 'sessions');
    expect(list.body).toMatchObject({
      ok: true,
      sessions: [{ id, state: 'open', model: 'gemini-3.8-live' }],
    });
    const one = await control(server.url, 'GET', `sessions/${id}`);
    expect(one.body.frames).toMatchObject([
      { from: 'client' },
      { from: 'server', message: { setupComplete: {} } },
      {},
    ]);
    const close = {
      session: id,
      fault: 'close',
      code: 1011,
      reason: 'The service is currently unavailable.',
    };
    expect(await control(server.url, 'POST', 'faults', close)).toMatchObject({
      status: 200,
      body: { sessions: [id] },
    });
    expect(await client.closed).toMatchObject({
      code: 1011,
      reason: 'The service is currently unavailable.',
    });
  });

  it('prepares faults of connections to come, and takes them back', async () => {
    await using server = await start();
    await control(server.url, 'POST', 'faults', { fault: 'refuse-upgrade', status: 503, count: 5 });
    expect((await rawClient(server.url).closed).code).toBe(1006);
    await control(server.url, 'DELETE', 'faults');
    const client = await openRaw(server.url);
    client.socket.terminate();
  });

  it('sets and clears the scenario', async () => {
    await using server = await start();
    const scenario = { rules: [{ when: { text: 'ping' }, do: [{ content: { pong: true } }] }] };
    expect((await control(server.url, 'PUT', 'scenario', scenario)).status).toBe(200);
    const client = await openRaw(server.url);
    client.send({ realtimeInput: { text: 'ping' } });
    expect(await client.next('serverContent')).toEqual({ serverContent: { pong: true } });
    client.socket.terminate();
    expect((await control(server.url, 'DELETE', 'scenario')).status).toBe(200);
  });

  it('takes a scenario in YAML where the request says so', async () => {
    await using server = await start();
    const put = (body: string) =>
      fetch(`${server.url}/control/scenario`, {
        method: 'PUT',
        headers: { 'content-type': 'application/yaml' },
        body,
      });
    const rules = 'rules:\n  - when: { text: ping }\n    do:\n      - content: { pong: true }\n';
    expect((await put(rules)).status).toBe(200);
    const client = await openRaw(server.url);
    client.send({ realtimeInput: { text: 'ping' } });
    expect(await client.next('serverContent')).toEqual({ serverContent: { pong: true } });
    client.socket.terminate();
    const wrong = await put('rules: [');
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toMatch(/the body is not YAML: .* at line 1/);
  });

  it('says what is wrong with a request', async () => {
    await using server = await start();
    const wrong = [
      ['POST', 'faults', { fault: 'explode' }, 400, /fault/],
      ['POST', 'faults', { fault: 'close', code: 1006 }, 400, /close code/],
      ['POST', 'faults', { fault: 'kill' }, 404, /no session/],
      ['PUT', 'scenario', { rules: [{ when: {}, do: [] }] }, 400, /rules\.0\.when/],
      ['GET', 'sessions/none', undefined, 404, /no session none/],
      ['GET', 'elsewhere', undefined, 404, /no command/],
    ] as const;
    for (const [method, path, body, status, words] of wrong) {
      const answer = await control(server.url, method, path, body);
      expect(answer).toMatchObject({ status, body: { ok: false, error: expect.stringMatching(words) } });
    }
    const noJson = await fetch(`${server.url}/control/faults`, { method: 'POST', body: '{' });
    expect(noJson.status).toBe(400);
  });
});
