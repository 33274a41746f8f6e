// A stand-in of LiveKit's SIP API in front of a real LiveKit server: it answers the SIP service, and passes on the rest.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LiveKitServer } from './livekit-server.js';

export interface SipRequest {
  readonly method: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface SipApi extends AsyncDisposable {
  /** For LIVEKIT_URL of a worker. */
  readonly url: string;
  /** Requests to the SIP service, in order. */
  readonly requests: readonly SipRequest[];
  /** How a transfer ends: undefined, or the SIP status with which it fails. */
  transferFails: number | undefined;
}

export async function startSipApi(livekit: LiveKitServer): Promise<SipApi> {
  const requests: SipRequest[] = [];
  const state: { transferFails: number | undefined } = { transferFails: undefined };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const path = request.url ?? '';
    const reply = (status: number, answer: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    };
    if (!path.startsWith('/twirp/livekit.SIP/')) {
      const passed = await fetch(new URL(path, livekit.httpUrl), {
        method: request.method ?? 'POST',
        headers: {
          authorization: request.headers.authorization ?? '',
          'content-type': request.headers['content-type'] ?? 'application/json',
        },
        body,
      });
      response.writeHead(passed.status, { 'content-type': passed.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await passed.arrayBuffer()));
      return;
    }
    requests.push({
      method: path.slice(path.lastIndexOf('/') + 1),
      body: JSON.parse(body.toString()) as SipRequest['body'],
    });
    const { transferFails } = state;
    if (transferFails === undefined) return reply(200, {});
    reply(503, {
      code: 'unavailable',
      msg: 'the transfer failed',
      meta: { sip_status_code: String(transferFails), sip_status: 'failed' },
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `ws://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
