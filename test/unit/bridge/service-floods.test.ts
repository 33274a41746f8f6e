// More messages of a kind than any service sends: the room gets few events of them and one that counts the others, and
// nothing else is lost or late by them.
import { describe, expect, test } from 'vitest';
import { Bridge } from '../../../src/bridge/bridge.js';
import { BridgeReport } from '../../../src/bridge/bridge-report.js';
import { readProfile } from '../../../src/bridge/checked-profile.js';
import { mapServerMessage } from '../../../src/gemini/messages.js';
import { Supervisor } from '../../../src/session/supervisor.js';
import { NO_TOOL_DEPLOYMENT } from '../../../src/tools/deployment.js';
import { type FakeClock, fakeClock, passed } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';
import { FakeService, type FakeWire } from '../../support/fake-wire.js';
import { frame, quietLog } from '../../support/supervised.js';

/** More than the outbox holds. */
const MESSAGES = 600;
/** What a text stream takes. */
const SEND_MS = 2;
/** So many of one kind may reach the room of a flood; a turn has three events. */
const MOST_SENT = 180;

type Message = (nth: number) => object;

const content = (serverContent: object): object => ({ serverContent });
const part = (...parts: object[]): object => content({ modelTurn: { parts } });
const SOUND = { inlineData: { mimeType: 'audio/pcm;rate=24000', data: Buffer.alloc(96).toString('base64') } };

/** What a message becomes, and how many events each. */
const COUNTED: readonly (readonly [what: string, types: readonly string[], message: Message])[] = [
  ['errors', ['error'], (nth) => ({ error: { status: `E${nth}`, message: `no. ${nth}` } })],
  ['queries', ['grounding'], (nth) => content({ groundingMetadata: { webSearchQueries: [`q${nth}`] } })],
  [
    'pages that were read',
    ['url_context'],
    (nth) => content({ urlContextMetadata: { urlMetadata: [{ retrievedUrl: `u${nth}` }] } }),
  ],
  ['thoughts', ['thought'], (nth) => part({ text: `t${nth}`, thought: true })],
  [
    'programs',
    ['code', 'code_result'],
    (nth) => part({ executableCode: { code: `c${nth}` } }, { codeExecutionResult: { output: `o${nth}` } }),
  ],
  ['counts of tokens', ['usage'], () => ({ usageMetadata: { promptTokenCount: 2, totalTokenCount: 2 } })],
  [
    'turns that are refused',
    ['error'],
    (nth) => content({ turnComplete: true, turnCompleteReason: `R${nth}` }),
  ],
  [
    'beginnings and ends of speech',
    ['speech'],
    (nth) => ({ voiceActivity: { type: nth % 2 ? 'ACTIVITY_END' : 'ACTIVITY_START' } }),
  ],
];

const MIXED: Readonly<Record<string, Message>> = {
  'answers of a word': (nth) => content({ outputTranscription: { text: `a${nth}.` }, turnComplete: true }),
  'answers of two milliseconds': (nth) =>
    content({
      modelTurn: { parts: [SOUND] },
      outputTranscription: { text: `a${nth}.` },
      turnComplete: true,
    }),
  'answers that are interrupted': (nth) =>
    content({
      interrupted: true,
      modelTurn: { parts: [SOUND] },
      outputTranscription: { text: `a${nth}.` },
    }),
  'words with their answers': (nth) =>
    content({
      inputTranscription: { text: `f${nth}.`, finished: true },
      outputTranscription: { text: `a${nth}` },
      turnComplete: true,
    }),
  announcements: () => ({ goAway: { timeLeft: '50s' } }),
  handles: (nth) => ({ sessionResumptionUpdate: { newHandle: `h${nth}`, resumable: true } }),
  'cancellations of calls': (nth) => ({ toolCallCancellation: { ids: [`x${nth}`] } }),
  'messages of all kinds at once': (nth) => ({
    ...content({
      groundingMetadata: { webSearchQueries: [`q${nth}`] },
      modelTurn: { parts: [{ text: `t${nth}`, thought: true }, { executableCode: { code: `c${nth}` } }] },
      outputTranscription: { text: `a${nth}.` },
      turnComplete: true,
    }),
    voiceActivity: { type: nth % 2 ? 'ACTIVITY_END' : 'ACTIVITY_START' },
    usageMetadata: { promptTokenCount: 1, totalTokenCount: 1 },
    error: { status: `E${nth}`, message: `no. ${nth}` },
  }),
};

interface Flooded {
  readonly room: FakeRoom;
  readonly lines: readonly string[];
  /** Of the events, from first to last. */
  readonly seqs: readonly number[];
  /** How many events of each type the room got after the flood began. */
  readonly sent: ReadonlyMap<string, number>;
}

/** A call in which somebody speaks and a tool is called before and after the flood; the room's messages are sent meanwhile. */
async function flooded(clock: FakeClock, message: Message): Promise<Flooded> {
  const metadata = { tools: [{ declaration: { name: 'light' } }] };
  const rules = { deployment: NO_TOOL_DEPLOYMENT, vertex: false };
  const checked = readProfile(JSON.stringify(metadata), undefined, rules);
  if (!checked.ok) throw new Error('the profile of this test is wrong');
  const { profile, capabilities } = checked;
  const room = new FakeRoom();
  room.answerRpc = async () => '{"on":true}';
  room.join('ana');
  const microphone = room.publish('ana');
  const service = new FakeService();
  const lines: string[] = [];
  const line = (_: object, words: string): void => void lines.push(words);
  const log = { ...quietLog, info: line, warn: line, error: line };
  const bridge = new Bridge({
    room,
    voice: room.voice,
    profile,
    capabilities,
    report: new BridgeReport({ room, profile }),
    openSession: (listener, ledger) =>
      new Supervisor(
        {
          openWire: service.open,
          capabilities,
          profile,
          compresses: true,
          history: [],
          ledger: () => ledger.contents(),
          log,
        },
        listener,
      ),
    vertex: false,
    tools: NO_TOOL_DEPLOYMENT,
    changeProfile: () => ({ ok: false, problems: [] }),
    resample: (chunk) => chunk,
    log,
    onEnd: () => {},
  });
  bridge.start();
  const wire: FakeWire = service.wire;
  await wire.accept();
  for (let mark = 0; mark < 20; mark += 1) room.hear(microphone.sid, frame(mark));
  await clock.advance(100);
  room.beforeSend = () => passed(SEND_MS);
  const calls = (id: string): object => ({ toolCall: { functionCalls: [{ id, name: 'light', args: {} }] } });
  const messages = [
    calls('before'),
    ...Array.from({ length: MESSAGES }, (_, nth) => message(nth)),
    calls('after'),
  ];
  for (const each of messages) wire.emit(...mapServerMessage(each));
  await clock.advance(3_000);
  const events = room.eventsOn('gemini.event');
  const sent = new Map<string, number>();
  for (const { type } of events) sent.set(String(type), (sent.get(String(type)) ?? 0) + 1);
  room.beforeSend = async () => {};
  const logged = [...lines];
  await bridge.close();
  return { room, lines: logged, sent, seqs: events.map(({ seq }) => Number(seq)) };
}

/** Of LiveKit's session messages those about tools. */
function toolsOf({ sessionMessages }: FakeRoom): string[] {
  return sessionMessages.flatMap((message) => {
    if (!('event' in message)) return [];
    const { event } = message;
    if (event.kind === 'tools') return event.calls.map(({ id }) => `tools ${id}`);
    return event.kind === 'item' && event.item.kind !== 'message'
      ? [`${event.item.kind} ${event.item.id}`]
      : [];
  });
}

/** What others in the room rely on. */
function expectNothingLost({ room, lines, seqs, sent }: Flooded): void {
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  const ofTools = room.eventsOn('gemini.event').filter(({ type }) => String(type).startsWith('tool.'));
  expect(ofTools.map(({ type, id }) => `${type} ${id}`).sort()).toEqual([
    'tool.call after',
    'tool.call before',
    'tool.result after',
    'tool.result before',
  ]);
  expect([...sent].filter(([, count]) => count > MOST_SENT)).toEqual([]);
  // The same for clients that read LiveKit's session messages.
  expect(toolsOf(room).sort()).toEqual([
    'call after',
    'call before',
    'output after',
    'output before',
    'tools after',
    'tools before',
  ]);
  expect(new Set(lines).size).toBe(lines.length);
}

describe('of a flood of', () => {
  test.each(COUNTED)('%s: few reach the room, and the others are counted', async (_what, types, message) => {
    using clock = fakeClock();
    const call = await flooded(clock, message);
    expectNothingLost(call);
    const [report, ...more] = call.room
      .eventsOn('gemini.event')
      .filter(({ code }) => code === 'too_many_events');
    expect(more).toEqual([]);
    const sent = types.reduce(
      (sum, type) => sum + (call.sent.get(type) ?? 0),
      types.includes('error') ? -1 : 0,
    );
    expect(report).toMatchObject({
      message: `${MESSAGES * types.length - sent} events were not sent, too many at once: ${types.join(', ')}`,
      fatal: false,
    });
    expect(call.lines).toEqual(['events were not sent to the room: too many at once']);
  });

  test.each(Object.entries(MIXED))('%s: nothing else is lost', async (_what, message) => {
    using clock = fakeClock();
    expectNothingLost(await flooded(clock, message));
  });
});
