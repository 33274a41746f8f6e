// A place that was taken: given back by a guest, taken over by another agent, or in a room that is gone.
import { expect, test } from 'vitest';
import { awaitPlace } from '../../../agent/worker/lost-place.js';
import type { Place } from '../../../src/index.js';
import { fakeClock } from '../../support/fake-clock.js';
import { quietLog } from '../../support/supervised.js';

const query = { url: 'ws://127.0.0.1:1', apiKey: 'k', apiSecret: 's', room: 'r', agentName: 'gemini' };

function wait(places: readonly (Place | Error)[], signal = new AbortController().signal) {
  let asked = 0;
  const ask = async (): Promise<Place> => {
    const place = places[Math.min(asked, places.length - 1)] ?? 'free';
    asked += 1;
    if (place instanceof Error) throw place;
    return place;
  };
  return awaitPlace({ query, signal, log: quietLog, ask });
}

test.each<[string, readonly (Place | Error)[], boolean]>([
  ['a guest who leaves', ['other', 'other', 'free', 'free'], true],
  ['a guest who has left already', ['free', 'free'], true],
  ['another agent', ['agent'], false],
  ['another agent, which the server lists a moment later', ['free', 'agent'], false],
  ['a room that closes', ['other', 'no-room'], false],
  ['a server that cannot be asked for a moment', [new Error('away'), 'free', 'free'], true],
  ['a server that cannot be asked', [new Error('away')], false],
])('%s', async (_what, places, isBack) => {
  using clock = fakeClock();
  const back = wait(places);
  await clock.advance(20_000);
  await expect(back).resolves.toBe(isBack);
});

test('a call that is to end does not wait', async () => {
  using clock = fakeClock();
  const stop = new AbortController();
  const back = wait(['other'], stop.signal);
  await clock.advance(2_000);
  stop.abort();
  await clock.settle();
  await expect(back).resolves.toBe(false);
});
