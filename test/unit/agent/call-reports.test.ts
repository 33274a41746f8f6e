// The delivery of call reports: signed, tried again while the receiver is down, kept where that is wanted.
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { expect, test, vi } from 'vitest';
import { CallReports, requireReportFolder } from '../../../agent/observe/call-reports.js';
import type { Logger } from '../../../src/index.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const report = { v: 1, call: { id: 'AJ_1', room: 'kitchen / 2', endedAt: 1_700_000_000_000 }, turns: [] };

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers with each status in turn, then with the last one. */
async function receiver(...statuses: number[]) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers, body });
    response.writeHead(statuses.length > 1 ? (statuses.shift() ?? 200) : (statuses[0] ?? 200)).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/calls`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function logger() {
  const lines: {
    readonly level: string;
    readonly fields: Record<string, unknown>;
    readonly message: string;
  }[] = [];
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push({ level, fields: fields as Record<string, unknown>, message });
  const log: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  return { log, lines };
}

test('a webhook is one that any Standard Webhooks library accepts', async () => {
  await using there = await receiver(200);
  const reports = new CallReports({ url: there.url, secret: SECRET, log: logger().log });
  reports.deliver(report);
  await vi.waitFor(() => expect(there.received).toHaveLength(1));
  const [{ body, headers } = { body: '', headers: {} }] = there.received;
  const message = new Webhook(SECRET).verify(body, headers as Record<string, string>);
  expect(message).toEqual({ type: 'call.ended', timestamp: '2023-11-14T22:13:20.000Z', data: report });
  await reports.close();
});

test('a receiver that is down gets it later, once, under the same id', async () => {
  await using there = await receiver(503, 500, 200);
  const reports = new CallReports({ url: there.url, secret: SECRET, firstRetryMs: 5, log: logger().log });
  reports.deliver(report);
  await vi.waitFor(() => expect(there.received).toHaveLength(3));
  await reports.close();
  expect(there.received).toHaveLength(3);
  expect(new Set(there.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(['call_AJ_1']));
});

test('what cannot be delivered in time is in the log, whole, and only then', async () => {
  const { log, lines } = logger();
  await using there = await receiver(500);
  const reports = new CallReports({ url: there.url, firstRetryMs: 1, tryForMs: 500, secret: SECRET, log });
  reports.deliver(report);
  await vi.waitFor(() => expect(lines.at(-1)).toMatchObject({ level: 'error', fields: { report } }));
  expect(JSON.stringify(lines)).not.toContain('whsec_');
  expect(there.received.length).toBeGreaterThan(1);
});

test('a worker that ends gives what waits one last try, and does not wait for the next', async () => {
  const { log, lines } = logger();
  await using there = await receiver(500);
  const reports = new CallReports({ url: there.url, firstRetryMs: 3_600_000, tryForMs: 7_200_000, log });
  reports.deliver(report);
  await vi.waitFor(() => expect(there.received).toHaveLength(1));
  await reports.close();
  expect(there.received).toHaveLength(2);
  expect(lines.at(-1)).toMatchObject({ level: 'error', fields: { report } });
});

test('in a folder it is one whole file that others cannot read, and the room cannot choose where', async () => {
  const base = await mkdtemp(join(tmpdir(), 'reports-'));
  try {
    const folder = join(base, 'made', 'as needed');
    const reports = new CallReports({ folder, log: logger().log });
    reports.deliver({ ...report, call: { ...report.call, room: '../../etc/passwd' } });
    await reports.close();
    const [name = ''] = await readdir(folder);
    expect(name).toBe('2023-11-14T22-13-20-000Z_.._.._etc_passwd_AJ_1.json');
    expect(JSON.parse(await readFile(join(folder, name), 'utf8'))).toMatchObject({ v: 1 });
    expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
  } finally {
    await rm(base, { recursive: true });
  }
});

test('a folder that cannot be written loses no report: it is in the log', async () => {
  const { log, lines } = logger();
  const reports = new CallReports({ folder: '/dev/null/reports', log });
  reports.deliver(report);
  await reports.close();
  expect(lines).toMatchObject([{ level: 'error', fields: { report } }]);
});

test('a folder for reports is made, and one that cannot be is named with its variable', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reports-'));
  try {
    await requireReportFolder(join(folder, 'a', 'b'));
    expect(await readdir(join(folder, 'a'))).toEqual(['b']);
    await writeFile(join(folder, 'file'), '');
    for (const path of [join(folder, 'file'), join(folder, 'file', 'below'), '/proc/none'])
      await expect(requireReportFolder(path)).rejects.toThrow(
        `CALL_REPORT_DIR must be a folder that the worker can write to; ${path} is not (`,
      );
  } finally {
    await rm(folder, { recursive: true });
  }
});
