// More text, values and bytes than any service sends, beside a bystander who listens: nothing that they notice.
import { once } from 'node:events';
import { afterAll, beforeAll, test } from 'vitest';
import { WatchedCall } from '../support/hostile.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';

let livekit: LiveKitServer;
let watched: WatchedCall;

beforeAll(async () => {
  livekit = await startLivekitServer();
  watched = await WatchedCall.start(livekit, {
    profile: { tools: [{ declaration: { name: 'light' }, timeoutMs: 500 }] },
  });
});

afterAll(async () => {
  await watched?.[Symbol.asyncDispose]();
  await livekit?.[Symbol.asyncDispose]();
});

const LONG = 'word '.repeat(12_000);
const content = (serverContent: object): object => ({ serverContent });

const FLOODS: readonly (readonly [what: string, times: number, message: (nth: number) => object])[] = [
  ['millions of small values', 5, () => ({ unknown: Array(2_600_000).fill([]) })],
  ['words of the voice without end', 100, () => content({ outputTranscription: { text: LONG } })],
  ['words of a person without end', 100, () => content({ inputTranscription: { text: LONG } })],
  [
    'programs without end',
    200,
    () => content({ modelTurn: { parts: [{ executableCode: { code: LONG } }] } }),
  ],
  [
    'sources without end',
    100,
    () => content({ groundingMetadata: { searchEntryPoint: { renderedContent: LONG.repeat(3) } } }),
  ],
  [
    'calls with long arguments',
    60,
    (nth) => ({
      toolCall: { functionCalls: [{ id: `c${nth}`, name: 'light', args: { text: LONG.repeat(4) } }] },
    }),
  ],
];

test.each(FLOODS)('%s', async (_what, times, message) => {
  const { peer } = watched.speech;
  // As bytes: what this process does to send them would hold up the one who listens.
  const first = Buffer.from(JSON.stringify(message(0)));
  const isSame = JSON.stringify(message(0)) === JSON.stringify(message(1));
  const messages = Array.from({ length: times }, (_, nth) =>
    isSame ? first : Buffer.from(JSON.stringify(message(nth))),
  );
  await watched.isUndisturbedBy(async () => {
    for (const each of messages) peer.socket.send(each);
    const answered = once(peer.socket, 'pong');
    peer.socket.ping();
    await answered;
  });
});
