// What clients of the real service sent is sent again, by the real SDK; the answers have the recorded form and order.
import type { LiveConnectConfig, Session } from '@google/genai';
import { describe, expect, it } from 'vitest';
import { startLiveApi } from '../../src/index.js';
import { type Recording, readRecordings, recordingsFolder, shape } from '../support/recordings.js';
import { connectSdk } from '../support/sdk-client.js';

const recordings = readRecordings();

const without = (shapes: readonly string[], key: string) =>
  shapes.filter((text) => !text.includes(`"${key}"`));
/** How many fragments an answer is cut into is chance. */
const collapse = (shapes: readonly string[]) => shapes.filter((text, n) => text !== shapes[n - 1]);

function configOf(setup: Record<string, unknown>): LiveConnectConfig {
  const { model: _, generationConfig, ...rest } = setup;
  return { ...(generationConfig as object), ...rest } as LiveConnectConfig;
}

function send(session: Session, message: Record<string, unknown>): void {
  if (message.clientContent) session.sendClientContent(message.clientContent);
  else if (message.toolResponse) session.sendToolResponse(message.toolResponse as never);
  else session.sendRealtimeInput(message.realtimeInput as object);
}

async function replay(recording: Recording) {
  const client = recording.messages.filter(({ from }) => from === 'client').map(({ message }) => message);
  const setup = client[0]?.setup as { model: string };
  const recorded = recording.messages.filter(({ from }) => from === 'server');
  const expected = collapse(recorded.map(({ message }) => JSON.stringify(shape(message))));
  await using server = await startLiveApi({ speech: 'tones', pace: 'prompt' });
  await using live = await connectSdk(server.url, { model: setup.model, config: configOf(setup as never) });
  const session = await server.waitForSession();
  expect(session.received[0]).toEqual(client[0]);
  for (const message of client.slice(1)) send(live.session, message);
  // The recordings were made without the audio of the answers.
  const got = () =>
    collapse(
      without(
        live.messages.map((message) => JSON.stringify(shape(message))),
        'inlineData',
      ),
    );
  if (expected.length > 1) await live.waitFor(() => got().length >= expected.length);
  expect(session.received.slice(0, client.length)).toEqual(client);
  expect(got().slice(0, expected.length)).toEqual(expected);
}

if (recordings) {
  describe('a recorded conversation', () => {
    it.each(recordings.map((recording) => [recording.name, recording] as const))(
      '%s',
      async (_, recording) => {
        await replay(recording);
      },
    );
  });
} else {
  it(`recordings cannot be replayed here: there is no folder ${recordingsFolder}`, () => {
    expect(recordings).toBeUndefined();
  });
}
