// Ids for calls that come without one: unique, the same for a repeat, and never on the wire.
import { describe, expect, test } from 'vitest';
import { CallIds, isOurs, withServiceId } from '../../../src/session/call-ids.js';
import type { JsonObject } from '../../../src/session/port.js';

const weather = (city: string, id = '') => ({ id, name: 'weather', args: { city } });
const result = (id: string) => ({ id, name: 'weather', response: { sky: 'grey' } });

function idsOf(ids: CallIds, ...calls: { id: string; name: string; args: JsonObject }[]): string[] {
  const event = ids.named({ type: 'tool-calls', calls });
  return event.type === 'tool-calls' ? event.calls.map(({ id }) => id) : [];
}

describe('calls without an id', () => {
  test('have one each, also when they are equal, in one message or one after the other', () => {
    const ids = new CallIds();
    ids.connected(false);
    const given = [
      ...idsOf(ids, weather('Oslo'), weather('Oslo')),
      ...idsOf(ids, weather('Oslo')),
      ...idsOf(ids, weather('Rome')),
    ];
    expect(new Set(given).size).toBe(4);
    expect(given.every(isOurs)).toBe(true);
  });

  test('have ids that no other conversation has', () => {
    const [first, second] = [new CallIds(), new CallIds()];
    expect(idsOf(first, weather('Oslo'))).not.toEqual(idsOf(second, weather('Oslo')));
  });

  test('of a session that was built again are new ones', () => {
    const ids = new CallIds();
    ids.connected(false);
    const [before] = idsOf(ids, weather('Oslo'));
    ids.connected(false);
    expect(idsOf(ids, weather('Oslo'))).not.toContain(before);
  });

  test('that a resumed session repeats are the same ones, each once, as long as they wait', () => {
    const ids = new CallIds();
    ids.connected(false);
    const before = idsOf(ids, weather('Oslo'), weather('Oslo'), weather('Rome'));
    ids.connected(true);
    expect(idsOf(ids, weather('Oslo'), weather('Oslo'))).toEqual(before.slice(0, 2));
    const [third] = idsOf(ids, weather('Oslo'));
    expect(before).not.toContain(third);
    ids.connected(true);
    expect(idsOf(ids, weather('Rome'))).toEqual(before.slice(2));
  });

  test('whose answer may have been lost are the same ones too, until the model goes on', () => {
    const ids = new CallIds();
    const [id = ''] = idsOf(ids, weather('Oslo'));
    ids.answered(result(id));
    ids.connected(true);
    expect(idsOf(ids, weather('Oslo'))).toEqual([id]);
    ids.named({ type: 'text', text: 'It is grey.' });
    ids.connected(true);
    expect(idsOf(ids, weather('Oslo'))).not.toEqual([id]);
  });

  test('that have several answers wait until the last one', () => {
    const ids = new CallIds();
    const [id = ''] = idsOf(ids, weather('Oslo'));
    ids.answered({ ...result(id), willContinue: true });
    ids.named({ type: 'text', text: 'It is grey so far.' });
    ids.connected(true);
    expect(idsOf(ids, weather('Oslo'))).toEqual([id]);
  });
});

test('what has an id keeps it, and other events are handed on as they are', () => {
  const ids = new CallIds();
  const event = { type: 'tool-calls', calls: [weather('Oslo', 'c1')] } as const;
  expect(ids.named(event)).toBe(event);
  const done = { type: 'turn-complete' } as const;
  expect(ids.named(done)).toBe(done);
  expect(idsOf(ids, weather('Oslo', 'c1'), weather('Oslo'))).toEqual([
    'c1',
    expect.stringMatching(/^unnamed-/),
  ]);
});

test('an answer goes back with the id that the service knows, or with none', () => {
  const [id = ''] = idsOf(new CallIds(), weather('Oslo'));
  expect(JSON.parse(JSON.stringify(withServiceId(result(id))))).toEqual({
    name: 'weather',
    response: { sky: 'grey' },
  });
  expect(withServiceId(result('c1'))).toEqual(result('c1'));
  expect('id' in withServiceId(result(id))).toBe(true);
});
