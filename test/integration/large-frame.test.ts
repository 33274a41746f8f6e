// A service that sends a frame beyond every measure: the connection ends, and the conversation goes on over the next.
import { expect, test, vi } from 'vitest';
import { geminiWire } from '../../src/gemini/wire.js';
import { capabilitiesFor } from '../../src/profile/model-capabilities.js';
import { parseProfile } from '../../src/profile/profile.js';
import type { ModelEvent } from '../../src/session/port.js';
import { Supervisor } from '../../src/session/supervisor.js';
import { answerSetup, KEY, LiveService } from '../support/live-service.js';
import { quietLog } from '../support/supervised.js';

const TOO_LARGE = 8 * 1024 * 1024 + 1;

test('the session is taken up again with its handle after a frame of more than 8 MB', async () => {
  await using service = await LiveService.start(answerSetup);
  const parsed = parseProfile({ metadata: '{}' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { profile } = parsed;
  const capabilities = capabilitiesFor(profile);
  const access = { apiKey: KEY, baseUrl: service.url };
  const events: ModelEvent[] = [];
  const session = new Supervisor(
    {
      openWire: geminiWire({ access, profile, capabilities, log: quietLog }),
      capabilities,
      profile,
      compresses: true,
      history: [],
      ledger: () => [],
      log: quietLog,
    },
    (event) => void events.push(event),
  );
  session.start();
  const opened = () => events.filter((event) => event.type === 'connection' && event.state === 'open');
  await vi.waitFor(() => expect(opened()).toHaveLength(1), { timeout: 10_000 });
  service.peer.send({ sessionResumptionUpdate: { newHandle: 'handle-1', resumable: true } });
  service.peer.socket.send(Buffer.alloc(TOO_LARGE, ' '));
  await vi.waitFor(() => expect(opened()).toHaveLength(2), { timeout: 10_000 });
  const next = service.peers[1];
  expect(await next?.setup()).toMatchObject({ setup: { sessionResumption: { handle: 'handle-1' } } });
  next?.send({ serverContent: { outputTranscription: { text: 'Here I am.' } } });
  await vi.waitFor(() => expect(JSON.stringify(events)).toContain('Here I am.'), { timeout: 10_000 });
  await session.close();
});
