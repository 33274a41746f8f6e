// Vertex AI without usable credentials, in real rooms: the call ends with the reason. It is not tried again.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startCall, type TestCall } from '../support/call.js';
import { LiveService } from '../support/live-service.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { eventsOf } from '../support/tool-call.js';
import { workloadIdentity } from '../support/workload-identity.js';

let livekit: LiveKitServer;
let service: LiveService;
let folder: string;

beforeAll(async () => {
  [livekit, service, folder] = await Promise.all([
    startLivekitServer(),
    LiveService.start(),
    mkdtemp(join(tmpdir(), 'network-timeout-')),
  ]);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await livekit?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function startVertexCall(file?: string) {
  // No credentials of this machine's own: neither gcloud's nor those of a cloud.
  for (const name of ['HOME', 'CLOUDSDK_CONFIG', 'APPDATA']) vi.stubEnv(name, folder);
  vi.stubEnv('GCE_METADATA_HOST', '127.0.0.1:9');
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'shop');
  return startCall({
    livekit,
    liveApi: service,
    access: { vertex: { project: 'shop', location: 'europe-west4' } },
    profile: { model: 'gemini-live-2.5-flash-native-audio' },
  });
}

/** What the file holds, and what the room reads of it. */
const KEYS: readonly [string, string | undefined, string][] = [
  ['a key file that is not there', undefined, 'ENOENT'],
  ['a key file that is no JSON', 'PRIVATE KEY', 'GOOGLE_APPLICATION_CREDENTIALS'],
  [
    'a key file without a key',
    '{"type":"service_account","client_email":"a@example.com"}',
    'does not contain a private_key',
  ],
  [
    'a key file with a broken key',
    '{"type":"service_account","client_email":"a@example.com","private_key":"-----BEGIN PRIVATE KEY-----"}',
    'DECODER',
  ],
  ['a file of another kind', '{"installed":{"client_id":"x"}}', 'does not contain a client_email'],
];

/** The room and the job get the reason, and the service is not asked again. */
async function expectEnded(call: TestCall): Promise<string> {
  const connections = service.peers.length;
  const end = await call.end;
  const errors = eventsOf(call.person, 'error');
  expect(errors).toEqual([expect.objectContaining({ code: 'setup', fatal: true })]);
  expect(end.failed).toBe(true);
  expect(end.reason).toMatch(/^refused: setup: no credentials for Vertex AI: /);
  expect(service.peers).toHaveLength(connections);
  return String(errors[0]?.message);
}

test.each(KEYS)('%s', async (name, content, says) => {
  const file = join(folder, `${name.replaceAll(' ', '-')}.json`);
  if (content !== undefined) await writeFile(file, content);
  await using call = await startVertexCall(file);
  expect(await expectEnded(call)).toContain(says);
});

test('no credentials at all', async () => {
  await using call = await startVertexCall();
  expect(await expectEnded(call)).toContain('Could not load the default credentials');
});

test('credentials that Google does not accept', async () => {
  await using credentials = await workloadIdentity('unused', 400);
  await using call = await startVertexCall(credentials.file);
  expect(await expectEnded(call)).toContain('invalid_grant');
});

test('a key file that is gone when the call has to connect again', async () => {
  await using credentials = await workloadIdentity('token');
  await using call = await startVertexCall(credentials.file);
  await call.person.waitFor(() => call.person.state() === 'listening', 15_000);
  await rm(credentials.file);
  service.peer.socket.terminate();
  expect(await expectEnded(call)).toContain('ENOENT');
});

test('credentials that cannot be fetched at the moment are fetched later', async () => {
  await using credentials = await workloadIdentity('token', 503, 200);
  await using call = await startVertexCall(credentials.file);
  await call.person.waitFor(() => call.person.state() === 'listening', 30_000);
  expect(call.ended).toBeUndefined();
});
