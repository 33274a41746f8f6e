// Scenarios as the real SDK meets them: what is matched, and everything that can be answered.
import { describe, expect, it } from 'vitest';
import { readScenario, type ScenarioInput, startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { openMicrophone, tone } from '../support/microphone.js';
import { connectSdk, isTurnComplete } from '../support/sdk-client.js';

const start = (scenario: ScenarioInput) =>
  startLiveApi({ speech: 'tones', pace: 'prompt', answerer: briefAnswerer(), scenario });

describe('a scenario', () => {
  it('greets after the setup, then leaves the rest to the answerer', async () => {
    await using server = await start({ rules: [{ when: { setup: true }, do: [{ say: 'Welcome.' }] }] });
    await using client = await connectSdk(server.url, { config: { outputAudioTranscription: {} } });
    await client.waitFor(isTurnComplete);
    const text = client.messages.map((m) => m.serverContent?.outputTranscription?.text ?? '').join('');
    expect(text).toBe('Welcome.');
    const from = client.received.length;
    client.session.sendRealtimeInput({ text: 'hello' });
    await client.waitFor(isTurnComplete, from);
  });

  it('answers with parts of every kind, grounding and a reason', async () => {
    const parts = [
      { text: 'Let me think.', thought: true },
      { executableCode: { language: 'PYTHON', code: 'print(6 * 7)' } },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '42' } },
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
    ];
    await using server = await start({
      rules: [
        {
          when: { text: 'six times seven' },
          do: [
            { parts },
            { content: { groundingMetadata: { webSearchQueries: ['6 * 7'] } } },
            { say: '42.' },
          ],
          complete: { turnCompleteReason: 'NEED_MORE_INPUT' },
        },
      ],
    });
    await using client = await connectSdk(server.url);
    client.session.sendRealtimeInput({ text: 'What is SIX times seven?' });
    const complete = await client.waitFor(isTurnComplete);
    expect(complete.serverContent?.turnCompleteReason).toBe('NEED_MORE_INPUT');
    expect(client.messages.find((m) => m.serverContent?.modelTurn)?.serverContent?.modelTurn).toEqual({
      parts,
    });
    expect(
      client.messages.some((m) => m.serverContent?.groundingMetadata?.webSearchQueries?.[0] === '6 * 7'),
    ).toBe(true);
    expect(client.messages.some((m) => m.data)).toBe(true);
  });

  it('calls tools with ids of its own and answers their responses by content', async () => {
    await using server = await start({
      rules: [
        {
          when: { turn: 1 },
          do: [
            {
              calls: [
                { name: 'a', id: 'call-a', args: { x: 1 } },
                { name: 'b', id: 'call-b' },
              ],
            },
          ],
        },
        { when: { toolResponse: 'a', response: 'broken' }, do: [{ say: 'It is broken.' }] },
      ],
    });
    await using client = await connectSdk(server.url, {
      config: {
        outputAudioTranscription: {},
        tools: [{ functionDeclarations: [{ name: 'a' }, { name: 'b' }] }],
      },
    });
    client.session.sendRealtimeInput({ text: 'anything' });
    const { toolCall } = await client.waitFor((m) => m.toolCall !== undefined);
    expect(toolCall?.functionCalls).toEqual([
      { id: 'call-a', name: 'a', args: { x: 1 } },
      { id: 'call-b', name: 'b', args: {} },
    ]);
    await client.waitFor(isTurnComplete);
    const from = client.received.length;
    client.session.sendToolResponse({
      functionResponses: [{ id: 'call-a', name: 'a', response: { state: 'broken' } }],
    });
    await client.waitFor(isTurnComplete, from);
    const text = client.messages
      .slice(from)
      .map((m) => m.serverContent?.outputTranscription?.text ?? '')
      .join('');
    expect(text).toBe('It is broken.');
  });

  it('hears that somebody spoke, and says one thing but writes another', async () => {
    await using server = await start({
      rules: [
        {
          when: { speech: true },
          do: [{ interim: 'go for' }, { say: 'A sentence.', transcript: 'Other words.' }],
        },
      ],
    });
    await using client = await connectSdk(server.url, { config: { outputAudioTranscription: {} } });
    const microphone = openMicrophone(client.session);
    await microphone.say(tone(500));
    await client.waitFor(isTurnComplete);
    microphone.stop();
    expect(client.messages.some((m) => m.serverContent?.interimInputTranscription?.text === 'go for')).toBe(
      true,
    );
    const text = client.messages.map((m) => m.serverContent?.outputTranscription?.text ?? '').join('');
    expect(text).toBe('Other words.');
  });

  it('holds a rule as often as it says, and is silent otherwise when it says so', async () => {
    await using server = await start({
      otherwise: 'silence',
      rules: [{ when: { text: 'hello' }, do: [{ say: 'Once.' }], times: 1 }],
    });
    await using client = await connectSdk(server.url);
    const session = await server.waitForSession();
    client.session.sendRealtimeInput({ text: 'hello' });
    await client.waitFor(isTurnComplete);
    const from = session.sent.length;
    client.session.sendRealtimeInput({ text: 'hello' });
    client.session.sendRealtimeInput({ text: 'are you there' });
    await session.waitForReceived((m) => JSON.stringify(m).includes('are you there'));
    server.faults.send({ mark: 1 });
    await session.waitForSent((m) => 'mark' in m);
    expect(session.sent.slice(from)).toEqual([{ mark: 1 }]);
  });

  it('does things at given times, faults among them, whatever goes on', async () => {
    await using server = await start({
      rules: [
        { when: { setup: true }, do: [{ silence: 60_000 }] },
        { when: { atMs: 300 }, do: [{ message: { goAway: { timeLeft: '1s' } } }] },
        {
          when: { atMs: 500 },
          do: [{ fault: { fault: 'close', code: 1011, reason: 'The service is currently unavailable.' } }],
        },
      ],
    });
    await using client = await connectSdk(server.url);
    const opened = client.nowMs();
    await client.waitFor((m) => m.goAway !== undefined);
    expect(await client.closed).toEqual({ code: 1011, reason: 'The service is currently unavailable.' });
    expect(client.nowMs() - opened).toBeGreaterThan(400);
  });

  it('reacts to any message of the client, but not to the data of its media', async () => {
    await using server = await start({
      otherwise: 'silence',
      rules: [
        { when: { received: 'c2VjcmV0' }, do: [{ message: { mark: 'data' } }] },
        { when: { received: 'image/jpeg' }, do: [{ say: 'I see something.' }], times: 1 },
        { when: { received: '"turnComplete":false' }, do: [{ message: { mark: 'context' } }] },
      ],
    });
    await using client = await connectSdk(server.url, { config: { outputAudioTranscription: {} } });
    const session = await server.waitForSession();
    for (let n = 0; n < 2; n++)
      client.session.sendRealtimeInput({ video: { data: 'c2VjcmV0', mimeType: 'image/jpeg' } });
    client.session.sendClientContent({ turns: 'By the way', turnComplete: false });
    await client.waitFor(isTurnComplete);
    const marks = session.sent.flatMap(({ mark }) => mark ?? []);
    expect(marks).toEqual(['context']);
    const text = client.messages.map((m) => m.serverContent?.outputTranscription?.text ?? '').join('');
    expect(text).toBe('I see something.');
  });

  it('decides what befalls the connections to come', async () => {
    await using server = await start({ connections: [{ fault: 'refuse-upgrade', status: 429 }] });
    await expect(connectSdk(server.url)).rejects.toMatchObject({ code: 1006 });
    await using _client = await connectSdk(server.url);
  });

  it.each<[unknown, RegExp]>([
    [{ rules: [{ when: { text: '(' }, do: [] }] }, /rules\.0\.when\.text: not a regular expression/],
    [
      { rules: [{ when: { setup: true }, do: [{ shout: 'x' }] }] },
      /rules\.0\.do\.0: has to be one of say, silence/,
    ],
    [{ rules: [{ when: { turn: 0 }, do: [] }] }, /rules\.0\.when\.turn/],
    [{ rulez: [] }, /rulez/],
    [[], /scenario cannot be read/],
  ])('that is wrong is refused with the field: %j', (scenario, words) => {
    expect(() => readScenario(scenario)).toThrow(words);
  });
});
