// The connection that is opened before there is a session: what it has heard by then, and when it is not used.
import { expect, test } from 'vitest';
import { EarlyWire } from '../../../src/session/early-wire.js';
import type { WireListener } from '../../../src/session/wire.js';
import { FakeService } from '../../support/fake-wire.js';

function recorder() {
  const calls: string[] = [];
  const listener: WireListener = {
    onReady: () => void calls.push('ready'),
    onEvent: ({ type }) => void calls.push(type),
    onClose: ({ code }) => void calls.push(`closed ${code}`),
  };
  return { calls, listener };
}

const resumption = { type: 'resumption', handle: 'h1', resumable: true } as const;

test('what the service has sent before is passed on in order, after the session has its connection', async () => {
  const service = new FakeService();
  const early = new EarlyWire(service.open, { seed: false });
  await service.wire.accept();
  service.wire.emit(resumption);
  const { calls, listener } = recorder();
  const wire = early.openWire({ seed: false }, listener);
  expect([wire, calls]).toEqual([service.wire, []]);
  await Promise.resolve();
  expect(calls).toEqual(['ready', 'resumption']);
  service.wire.emit({ type: 'turn-complete' });
  expect(calls).toEqual(['ready', 'resumption', 'turn-complete']);
  early.close();
  expect(service.wire.closes).toBe(0);
});

test('a refusal that came before is the answer to the session, and the next attempt is another connection', async () => {
  const service = new FakeService();
  const early = new EarlyWire(service.open, { seed: false });
  service.wire.end({ code: 1008 });
  const { calls, listener } = recorder();
  early.openWire({ seed: false }, listener);
  await Promise.resolve();
  expect(calls).toEqual(['closed 1008']);
  early.openWire({ seed: false }, listener);
  expect(service.wires).toHaveLength(2);
});

test.each([{ seed: true }, { seed: false, handle: 'h2' }])(
  'a session that asks for another set-up gets a connection of its own: %o',
  async (opening) => {
    const service = new FakeService();
    const early = new EarlyWire(service.open, { seed: false });
    const { calls, listener } = recorder();
    expect(early.openWire(opening, listener)).toBe(service.wires[1]);
    expect(service.wires[0]?.closes).toBe(1);
    await Promise.resolve();
    expect(calls).toEqual([]);
  },
);

test('a connection that no session has taken is closed', () => {
  const service = new FakeService();
  new EarlyWire(service.open, { seed: false }).close();
  expect(service.wire.closes).toBe(1);
});
