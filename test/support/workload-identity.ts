// Credentials for Vertex AI that Google's own library takes, and that reach nobody but this machine.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Credentials extends AsyncDisposable {
  readonly file: string;
}

/**
 * Credentials of a workload that an identity provider vouches for: the token comes from an address of ours, which
 * answers with these statuses in turn, and then with the last of them.
 */
export async function workloadIdentity(token: string, ...statuses: number[]): Promise<Credentials> {
  const folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  const server = createServer((request, response) => {
    request.resume();
    const status = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    if (status !== 200) {
      response.end('{"error":"invalid_grant"}');
      return;
    }
    response.end(
      JSON.stringify({
        access_token: token,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 3600,
      }),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const file = join(folder, 'credentials.json');
  const subject = join(folder, 'subject');
  await writeFile(subject, 'vouched for');
  await writeFile(
    file,
    JSON.stringify({
      type: 'external_account',
      audience:
        '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
      credential_source: { file: subject },
    }),
  );
  return {
    file,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
