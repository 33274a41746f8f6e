// Tool calls in flight: each is run once and answered once, whatever is lost, repeated, cancelled or rebuilt between.
import { describe, expect, test } from 'vitest';
import { CallIds } from '../../../src/session/call-ids.js';
import { asUserTurn, CallRegistry } from '../../../src/session/call-registry.js';
import type { ToolCall, ToolResult } from '../../../src/session/port.js';

const call = (id: string, name = 'weather'): ToolCall => ({ id, name, args: {} });
const result = (id: string, name = 'weather', more: Partial<ToolResult> = {}): ToolResult => ({
  id,
  name,
  response: { of: id },
  ...more,
});
const ids = (results: readonly { readonly id: string }[]): string[] => results.map(({ id }) => id);

/** With calls in flight. */
function registryOf(...calls: ToolCall[]): CallRegistry {
  const registry = new CallRegistry();
  registry.called(calls);
  return registry;
}

describe('a call', () => {
  test('is new once, also when its session repeats it after its result', () => {
    const registry = registryOf(call('1'));
    expect(registry.called([call('1'), call('2')])).toEqual([call('2')]);
    registry.answered([result('1')]);
    expect(registry.called([call('1')])).toEqual([]);
    expect(ids(registry.open)).toEqual(['2']);
  });

  test('is new once where one message holds it twice', () => {
    expect(new CallRegistry().called([call('1'), call('1'), call('2')])).toEqual([call('1'), call('2')]);
  });

  test('is known for as long as it is open, however many come after it', () => {
    const registry = registryOf(call('first'));
    for (let n = 0; n < 300; n += 1) {
      registry.called([call(`${n}`)]);
      registry.answered([result(`${n}`)]);
    }
    expect(registry.called([call('first')])).toEqual([]);
    expect(registry.memory.seen).toHaveLength(256);
  });

  test('belongs to the turn in which it came', () => {
    const registry = registryOf(call('1'));
    registry.turnChanged();
    registry.called([call('2'), call('3')]);
    registry.answered([result('3')]);
    expect(ids(registry.ofTurn())).toEqual(['2']);
  });
});

describe('a result', () => {
  test('is sent once, and not of a call that is unknown or cancelled', () => {
    const registry = registryOf(call('1'), call('2'));
    registry.cancelled(['2']);
    expect(ids(registry.answered([result('1'), result('2'), result('3')]))).toEqual(['1']);
    expect(registry.answered([result('1')])).toEqual([]);
    expect(registry.inFlight).toBe(0);
  });

  test('in parts keeps its call open until the last', () => {
    const registry = registryOf(call('1'));
    registry.answered([result('1', 'weather', { willContinue: true })]);
    expect(registry.inFlight).toBe(1);
    registry.answered([result('1')]);
    expect(registry.inFlight).toBe(0);
  });

  test('of a call without an id waits for those of earlier calls to the same function alone', () => {
    const calls = [call('', 'weather'), call('', 'weather'), call('', 'time')];
    const named = new CallIds().named({ type: 'tool-calls', calls });
    const [first, second, other] = named.type === 'tool-calls' ? named.calls : [];
    if (!first || !second || !other) throw new Error('three calls');
    const registry = registryOf(first, second, other);
    expect(registry.answered([result(second.id)])).toEqual([]);
    expect(ids(registry.answered([result(other.id, 'time')]))).toEqual([other.id]);
    expect(ids(registry.answered([result(first.id)]))).toEqual([first.id, second.id]);
  });
});

describe('a result that was sent', () => {
  test('is sent again on another connection until the model has gone on', () => {
    const registry = registryOf(call('1'), call('2'));
    const sent = registry.answered([result('1')]);
    registry.sent(sent);
    registry.disconnected();
    expect(ids(registry.unconfirmed())).toEqual(['1']);
    // Confirms nothing: this connection was not sent it.
    registry.confirmed();
    expect(ids(registry.unconfirmed())).toEqual(['1']);
    registry.sent(registry.unconfirmed());
    registry.confirmed();
    expect(registry.unconfirmed()).toEqual([]);
  });

  test('is not sent again when the service has refused it, or its call was cancelled', () => {
    const registry = registryOf(call('1'), call('2'), call('3'));
    const [refused] = registry.answered([result('1'), result('2'), result('3')]);
    registry.forgetResults(refused ? [refused] : []);
    registry.cancelled(['2']);
    expect(ids(registry.unconfirmed())).toEqual(['3']);
  });
});

describe('a session that is built anew', () => {
  test('is sent no result, and late ones once as words of the user', () => {
    const registry = registryOf(call('1'), call('2'));
    registry.answered([result('1')]);
    registry.forgetCalls();
    expect([registry.inFlight, registry.unconfirmed()]).toEqual([0, []]);
    expect(registry.answered([result('2')])).toEqual([]);
    expect(ids(registry.orphaned([result('1'), result('2')]))).toEqual(['2']);
    expect(registry.orphaned([result('2')])).toEqual([]);
  });

  test('answers those words, unless all of them are silent', () => {
    const silent = result('1', 'weather', { scheduling: 'SILENT' });
    expect(asUserTurn([silent]).turnComplete).toBe(false);
    const turn = asUserTurn([silent, result('2', 'time')]);
    expect(turn.turnComplete).toBe(true);
    expect(JSON.stringify(turn.turns)).toContain('The result of time, which you called earlier');
  });
});

test('another process goes on with what this one knows', () => {
  const before = registryOf(call('1'), call('2'));
  before.answered([result('1')]);
  const after = new CallRegistry(before.memory);
  expect(ids(after.open)).toEqual(['2']);
  expect(after.called([call('1'), call('2')])).toEqual([]);
  expect(ids(after.unconfirmed())).toEqual(['1']);
  expect(ids(after.answered([result('2')]))).toEqual(['2']);
});
