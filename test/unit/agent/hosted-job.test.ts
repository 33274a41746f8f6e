// A job of the shared worker: what the host that runs it is asked, and the next one after it.
import { expect, test } from 'vitest';
import type { ToHost } from '../../../agent/worker/host-messages.js';
import { HostedJob } from '../../../agent/worker/hosted-job.js';
import type { RoomHost } from '../../../agent/worker/room-host.js';

function newJob(): HostedJob {
  const about = { id: 'J1', dispatchId: 'D1', room: 'r', sid: 'R1', url: 'ws://x', token: '', metadata: '' };
  return new HostedJob(about);
}

function newHost(): { readonly host: RoomHost; readonly sent: ToHost[] } {
  const sent: ToHost[] = [];
  return { host: { send: (message: ToHost) => sent.push(message) } as unknown as RoomHost, sent };
}

test('a call that is waited for and loses its host is waited for in the next one', async () => {
  const [first, next] = [newHost(), newHost()];
  const job = newJob();
  job.startIn(first.host, { token: 't1' });
  const isQuiet = job.quiet(20_000);
  expect(first.sent.map(({ type }) => type)).toEqual(['start', 'await-quiet']);
  job.startIn(next.host, { token: 't2' });
  expect(next.sent).toEqual([
    { type: 'start', job: expect.objectContaining({ id: 'J1', token: 't2' }) },
    { type: 'await-quiet', id: 'J1', withinMs: 20_000 },
  ]);
  expect(job.onQuiet()).toBe(true);
  await isQuiet;
});

test('a quiet moment that nobody waits for is one to move in, and an ended call is not waited for', async () => {
  const { host, sent } = newHost();
  const job = newJob();
  job.startIn(host, { token: 't1' });
  expect(sent.map(({ type }) => type)).toEqual(['start']);
  expect(job.onQuiet()).toBe(false);
  const isQuiet = job.quiet(20_000);
  job.end();
  await isQuiet;
});
