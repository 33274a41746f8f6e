// Recordings without a network: what is played again when, what is left out, and how two of them differ.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { record } from '../../src/recording/commands.js';
import { diffRecordings } from '../../src/recording/diff.js';
import type { RecordingLine } from '../../src/recording/file.js';
import { withoutSecrets, withoutWords } from '../../src/recording/remove.js';
import { scenarioOf } from '../../src/recording/replay.js';
import { openSession, type Rig } from '../support/session-rig.js';

type Message = Record<string, unknown>;
const to = (atMs: number, message: Message): RecordingLine => ({ atMs, from: 'client', message });
const of = (atMs: number, message: Message): RecordingLine => ({ atMs, from: 'server', message });

const setup = { setup: { model: 'models/gemini-3.8-live' } };
const opened = [to(0, setup), of(300, { setupComplete: {} })];
const audio = { realtimeInput: { audio: { data: 'AAAA', mimeType: 'audio/pcm' } } };
/** A microphone that is always open. */
const microphone = (fromMs: number, untilMs: number): RecordingLine[] =>
  Array.from({ length: (untilMs - fromMs) / 100 }, (_, n) => to(fromMs + n * 100, audio));
const byTime = (...lines: RecordingLine[]) => lines.sort((a, b) => a.atMs - b.atMs);
const text = (words: string) => ({ realtimeInput: { text: words } });
const spoken = (words: string) => ({ serverContent: { outputTranscription: { text: words } } });
const heard = (words: string) => ({ serverContent: { inputTranscription: { text: words } } });
const over = { serverContent: { turnComplete: true }, usageMetadata: {} };

const play = (lines: readonly RecordingLine[]) =>
  openSession({ setup: { inputAudioTranscription: {} }, scenario: scenarioOf(lines) });

/** The words of both sides that the service has sent since the last call. */
function said(rig: Rig): string[] {
  const fresh = rig.sent.splice(0).map(({ message }) => message.serverContent as Message | undefined);
  return fresh.flatMap((content) => {
    const { text: words } = (content?.outputTranscription ?? content?.inputTranscription ?? {}) as Message;
    return typeof words === 'string' ? [words] : [];
  });
}

describe('a replay', () => {
  it('answers each text with all of its answer, though a microphone is open all the time', async () => {
    using rig = await play(
      byTime(
        ...opened,
        ...microphone(400, 9000),
        to(1000, text('one')),
        ...[of(1500, spoken('First ')), of(1700, spoken('answer.')), of(3000, over)],
        to(5000, text('two')),
        ...[of(5500, spoken('Second.')), of(6000, over)],
      ),
    );
    rig.send(text('anything'));
    await rig.pass(550);
    expect(said(rig)).toEqual(['First ']);
    await rig.pass(2000);
    expect(said(rig)).toEqual(['answer.']);
    rig.send(text('else'));
    await rig.pass(2000);
    expect(said(rig)).toEqual(['Second.']);
  });

  it('has the transcript of the recording and none of its own, right after the speech', async () => {
    using rig = await play(
      byTime(
        ...opened,
        ...microphone(400, 9000),
        of(1000, { voiceActivity: { type: 'ACTIVITY_START' } }),
        of(5000, heard('recorded words')),
        of(5001, { voiceActivity: { type: 'ACTIVITY_END' } }),
        ...[of(5300, spoken('Answer.')), of(6000, over)],
        of(7000, { voiceActivity: { type: 'ACTIVITY_START' } }),
        ...[of(8000, heard('again')), of(8300, spoken('Another.')), of(8900, over)],
      ),
    );
    rig.speech.utter('what is said now');
    await rig.pass(350);
    expect(said(rig)).toEqual(['recorded words', 'Answer.']);
    await rig.pass(2000);
    rig.speech.utter('more');
    await rig.pass(350);
    expect(said(rig)).toEqual(['again', 'Another.']);
    expect(rig.sent.filter(({ message }) => 'voiceActivity' in message)).toHaveLength(0);
  });

  it('of an older model takes a transcript behind the answer as that of the same speech', async () => {
    using rig = await play(
      byTime(
        ...opened,
        ...microphone(400, 9000),
        ...[of(3000, spoken('Answer.')), of(4000, over), of(4100, heard('late '))],
        ...[of(4200, heard('words')), of(7000, spoken('Another.')), of(8000, over)],
      ),
    );
    rig.speech.utter('');
    await rig.pass(3000);
    expect(said(rig)).toEqual(['Answer.', 'late ', 'words']);
    rig.speech.utter('');
    await rig.pass(1500);
    expect(said(rig)).toEqual(['Another.']);
  });

  it('passes over content that is only to be remembered, and inputs without an answer', async () => {
    const content = (turnComplete: boolean) => ({
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'words' }] }], turnComplete },
    });
    using rig = await play([
      ...opened,
      ...[to(400, content(false)), to(500, content(false)), to(600, content(true))],
      ...[of(900, spoken('To content.')), of(1200, over)],
      ...[to(2000, text('unanswered')), to(3000, text('answered'))],
      ...[of(3500, spoken('To text.')), of(4000, over)],
    ]);
    rig.send(content(false));
    await rig.pass(1000);
    expect(said(rig)).toEqual([]);
    rig.send(content(true));
    await rig.pass(1000);
    expect(said(rig)).toEqual(['To content.']);
    rig.send(text('unanswered'));
    await rig.pass(1000);
    expect(said(rig)).toEqual([]);
    rig.send(text('answered'));
    await rig.pass(1000);
    expect(said(rig)).toEqual(['To text.']);
  });

  it('goes on after each response of a tool, and with what Python writes in snake_case', async () => {
    const call = (id: string) => of(1000, { toolCall: { functionCalls: [{ id, name: 'look', args: {} }] } });
    const response = (id: string) => ({ tool_response: { function_responses: [{ id, name: 'look' }] } });
    using rig = await play([
      ...opened,
      to(600, { client_content: { turns: [], turn_complete: true } }),
      call('a'),
      to(1100, response('a')),
      call('b'),
      ...[to(1200, response('b')), of(1300, spoken('Done.')), of(1400, over)],
    ]);
    rig.send({ clientContent: { turnComplete: true } });
    await rig.pass(500);
    for (const id of ['a', 'b']) {
      expect(rig.sent.at(-1)?.message).toMatchObject({ toolCall: { functionCalls: [{ id }] } });
      rig.send(response(id));
      await rig.pass(500);
    }
    expect(said(rig)).toEqual(['Done.']);
  });

  it('of a conversation that was cut off in mid-turn stops there, and breaks where the service broke', async () => {
    const cut = [...opened, to(400, text('one')), of(900, spoken('First '))];
    using still = await play(cut);
    still.send(text('one'));
    await still.pass(5000);
    expect(still.kinds()).toEqual(['outputTranscription']);
    using broken = await play([...cut, { atMs: 1000, close: { code: 1006, reason: '' } }]);
    broken.send(text('one'));
    await broken.pass(5000);
    expect(broken.faults).toEqual([{ fault: 'kill' }]);
  });

  it('refuses a setup that was refused', () => {
    const reason = 'Request contains an invalid argument.';
    const scenario = scenarioOf([to(0, setup), { atMs: 40, close: { code: 1007, reason } }]);
    expect(scenario.connections).toMatchObject([{ fault: 'refuse-setup', code: 1007, reason }]);
  });
});

describe('what a recording leaves out', () => {
  it('is every key, wherever a message has one', () => {
    const message = {
      setup: {
        sessionResumption: { handle: 'abc' },
        tools: [
          {
            mcpServers: [
              {
                name: 'maps',
                streamableHttpTransport: {
                  url: 'https://example.org/mcp?key=hidden-1&x=1',
                  headers: { Authorization: 'Bearer hidden-2', 'X-Team': 'hidden-3' },
                },
              },
            ],
          },
        ],
      },
      sessionResumptionUpdate: { new_handle: 'hidden-4', newHandle: '' },
      toolResponse: {
        functionResponses: [{ response: { api_key: 'hidden-5', token: 'auth_tokens/hidden-6' } }],
      },
    };
    const text = JSON.stringify(withoutSecrets(message));
    expect(text).not.toContain('hidden');
    expect(text).toContain('https://example.org/mcp?key=removed&x=1');
    expect(text).toContain('"newHandle":""');
  });

  it('is every word where that is asked for, and nothing of the protocol', () => {
    const words = 'SECRET';
    const message = {
      setup: {
        model: 'models/gemini-3.8-live',
        inputAudioTranscription: { customVocabulary: [words] },
        tools: [
          {
            functionDeclarations: [
              {
                name: 'look_up',
                description: words,
                parameters: {
                  type: 'OBJECT',
                  properties: { of: { type: 'STRING', enum: [words] } },
                  required: ['of'],
                },
              },
            ],
          },
        ],
      },
      toolCall: {
        functionCalls: [{ id: 'call-1', name: 'look_up', args: { id: words, list: [{ name: words }] } }],
      },
      serverContent: {
        inputTranscription: { text: words, words: [{ word: words, startOffset: '0.240s' }] },
        groundingMetadata: {
          webSearchQueries: [words],
          searchEntryPoint: { renderedContent: `<b>${words}</b>` },
          groundingChunks: [{ web: { uri: `https://${words}.example`, title: words } }],
        },
        urlContextMetadata: {
          urlMetadata: [{ retrievedUrl: words, urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS' }],
        },
        modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data: 'c2VjcmV0' } }] },
      },
    };
    const text = JSON.stringify(withoutWords(message));
    expect(text).not.toMatch(/SECRET|c2VjcmV0/);
    const kept = [
      'look_up',
      'call-1',
      'OBJECT',
      '0.240s',
      'URL_RETRIEVAL_STATUS_SUCCESS',
      'audio/pcm;rate=24000',
    ];
    for (const value of kept) expect(text).toContain(`"${value}"`);
    expect(JSON.stringify(message)).toHaveLength(text.length);
  });
});

describe('the difference of two recordings', () => {
  const talk = (answerMs: number) =>
    byTime(
      ...opened,
      ...microphone(400, 9000),
      to(1000, text('one')),
      ...[of(answerMs, spoken('First.')), of(answerMs + 500, over)],
    );
  it('is a time also beside a microphone that is always open', () => {
    expect(diffRecordings(talk(1500), talk(1550))).toEqual([]);
    expect(diffRecordings(talk(1500), talk(3500))).toEqual([
      'times: outputTranscription: 500 ms after the message before it in the first, 2500 ms in the second (median)',
    ]);
    expect(diffRecordings(talk(3500), talk(1500))).toEqual([
      'times: outputTranscription: 2500 ms after the message before it in the first, 500 ms in the second (median)',
    ]);
  });

  it('names every kind that only one of them has, in either order', () => {
    const call = of(1200, { toolCall: { functionCalls: [] } });
    const plain = [...opened, to(1000, text('one')), of(1300, over)];
    const calling = [...opened, to(1000, text('one')), call, of(1300, over)];
    expect(diffRecordings(calling, plain)).toContain('kinds: toolCall: only in the first');
    expect(diffRecordings(plain, calling)).toContain('kinds: toolCall: only in the second');
  });
});

describe('`live-api record` says at once what is wrong with', () => {
  const folder = mkdtempSync(join(tmpdir(), 'recording-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  it.each([
    ['its port', ['--port', 'abc'], 'a.jsonl', /^--port has to be a port number/],
    ['its file', ['--port', '0'], 'nowhere/a.jsonl', /^--out .*a\.jsonl cannot be written: .*ENOENT/],
    [
      'the address of the service',
      ['--port', '0', '--upstream', 'ftp://a'],
      'a.jsonl',
      /is no address with http/,
    ],
  ])('%s', async (_, options, out, message) => {
    await expect(record(['--out', join(folder, out), ...options], folder)).rejects.toThrow(message);
  });

  it('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const args = ['--out', join(folder, 'a.jsonl'), '--port', String(port)];
    await expect(record(args, folder)).rejects.toThrow(`port ${port} is taken`);
    other.close();
  });
});
