// What goes over the wire without the SDK's help looks as the SDK would have written it.
import { expect, test, vi } from 'vitest';
import { geminiWire } from '../../src/gemini/wire.js';
import { capabilitiesFor } from '../../src/profile/model-capabilities.js';
import { parseProfile } from '../../src/profile/profile.js';
import type { Wire } from '../../src/session/wire.js';
import { KEY, LiveService, liveClients } from '../support/live-service.js';
import { quietLog } from '../support/supervised.js';

const connect = liveClients();

test('audio: every byte value, and the rate', async () => {
  await using service = await LiveService.start();
  const sdk = connect(service.url);
  await sdk.connection.ready;
  const samples = Int16Array.from({ length: 320 }, (_, index) => (index * 259) % 65_536);
  const data = Buffer.from(samples.buffer).toString('base64');
  sdk.connection.sendMedia((session) =>
    session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } }),
  );

  const parsed = parseProfile({ metadata: '{}' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { profile } = parsed;
  const access = { apiKey: KEY, baseUrl: service.url };
  const open = geminiWire({ access, profile, capabilities: capabilitiesFor(profile), log: quietLog });
  const wire = await new Promise<Wire>((resolve) => {
    const opened = open(
      { seed: false },
      { onReady: () => resolve(opened), onEvent: () => {}, onClose: () => {} },
    );
  });
  expect(wire.send({ type: 'audio', chunk: { samples, rate: 16_000 }, voiced: true })).toBe(true);

  const [bySdk, byUs] = service.peers;
  await vi.waitFor(() => expect([bySdk?.received.length, byUs?.received.length]).toEqual([2, 2]));
  expect(JSON.stringify(byUs?.received[1])).toBe(JSON.stringify(bySdk?.received[1]));
  await wire.close();
});
