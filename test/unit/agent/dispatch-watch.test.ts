// Whether the worker warns when LiveKit does not answer if a call is still dispatched.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { DispatchWatch } from '../../../agent/worker/dispatch-watch.js';
import { HostedJob } from '../../../agent/worker/hosted-job.js';

test.each([
  { isOver: false, warnings: 1 },
  { isOver: true, warnings: 0 },
])(
  'a call whose room no longer answers, over: $isOver, is worth $warnings warnings',
  async ({ isOver, warnings }) => {
    const job = new HostedJob({
      id: 'AJ_1',
      dispatchId: 'AD_1',
      room: 'room',
      sid: 'RM_1',
      url: '',
      token: '',
      metadata: '',
    });
    const server = createServer((_request, response) => {
      // The call ends while the server is asked.
      if (isOver) job.end();
      response.writeHead(503).end(JSON.stringify({ code: 'unknown', msg: 'no response from servers' }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const warned: string[] = [];
    const ignore = (): void => {};
    const log = {
      debug: ignore,
      info: ignore,
      warn: (_fields: object, message: string): void => void warned.push(message),
      error: ignore,
      child: () => log,
    };
    const watch = new DispatchWatch({
      livekit: {
        url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
        apiKey: 'key',
        apiSecret: 'a secret of at least thirty-two bytes',
      },
      agentName: 'agent',
      jobs: () => (job.isOver ? [] : [job]),
      isRegistered: () => true,
      stop: () => expect.unreachable('nobody has taken the dispatch back'),
      log,
    });
    try {
      await watch.terminated(job);
      expect(warned).toHaveLength(warnings);
    } finally {
      watch.close();
      server.closeAllConnections();
      server.close();
    }
  },
);
