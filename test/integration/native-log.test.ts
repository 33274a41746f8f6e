// rtc-node's native library keeps its log to itself while everything else of it still arrives.
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { dedicateProcess } from '../../src/index.js';
import { LiveKitRoom } from '../../src/room/livekit-room.js';
import { loadNativeClient, NATIVE_EVENT } from '../../src/room/native/native-library.js';
import { startLivekitServer } from '../support/livekit-server.js';
import { quietLog } from '../support/supervised.js';
import { agentToken } from '../support/tokens.js';

test('no record of the native log is handed over, and what was asked for is still answered', async () => {
  await using livekit = await startLivekitServer();
  const token = await agentToken({ identity: 'agent-gemini', room: `log-${randomUUID().slice(0, 8)}` });
  await dedicateProcess(quietLog);
  const room = await LiveKitRoom.connect({ url: livekit.url, token, log: quietLog });
  const cases = new Set<string | undefined>();
  loadNativeClient()?.on(NATIVE_EVENT, ({ message }) => cases.add(message.case));
  await room.sendText('a message is sent in a dozen records of the log', { topic: 'words' });
  await room.publishVoice();
  await room.close();
  expect([...cases]).toEqual(expect.arrayContaining(['sendText', 'publishTrack', 'disconnect']));
  expect(cases).not.toContain('logs');
});
