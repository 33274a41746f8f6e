// Where a call's connection goes, and with which credentials: a key, an ephemeral token, Vertex AI.
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startCall } from '../support/call.js';
import { answerSetup, LiveService, type Peer } from '../support/live-service.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { sine } from '../support/tone.js';
import { workloadIdentity } from '../support/workload-identity.js';

const GEMINI = '//ws/google.ai.generativelanguage';

let livekit: LiveKitServer;

beforeAll(async () => {
  livekit = await startLivekitServer();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(async () => {
  await livekit?.[Symbol.asyncDispose]();
});

async function pathFor(access: { readonly apiKey: string }, profile = {}): Promise<string> {
  await using service = await LiveService.start();
  await using call = await startCall({ livekit, liveApi: service, access, profile });
  await call.person.waitFor(() => call.person.state() === 'listening', 15_000);
  return service.peer.path;
}

test('a key stands in the query', async () => {
  expect(await pathFor({ apiKey: 'key' })).toBe(
    `${GEMINI}.v1beta.GenerativeService.BidiGenerateContent?key=key`,
  );
});

test('an ephemeral token goes to its own address', async () => {
  expect(await pathFor({ apiKey: 'auth_tokens/abc' })).toBe(
    `${GEMINI}.v1beta.GenerativeService.BidiGenerateContentConstrained?access_token=auth_tokens/abc`,
  );
});

test('what is in preview goes to its version', async () => {
  const model = 'gemini-2.5-flash-native-audio-preview-12-2025';
  const path = await pathFor({ apiKey: 'key' }, { model, live: { enableAffectiveDialog: true } });
  expect(path).toBe(`${GEMINI}.v1alpha.GenerativeService.BidiGenerateContent?key=key`);
});

test('Vertex AI: its address, a bearer token, its own fields, and its messages in the room', async () => {
  await using credentials = await workloadIdentity('token-of-a-workload');
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', credentials.file);
  // As it is in a worker: without it Google's library asks Google which project this is.
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'shop');
  await using service = await LiveService.start(answerAsVertex);
  await using call = await startCall({
    livekit,
    liveApi: service,
    access: { vertex: { project: 'shop', location: 'europe-west4' } },
    profile: {
      model: 'gemini-live-2.5-flash-native-audio',
      live: {
        enableAffectiveDialog: true,
        explicitVadSignal: true,
        sessionResumption: { transparent: true },
        safetySettings: [
          { category: 'HARM_CATEGORY_HARASSMENT', method: 'SEVERITY', threshold: 'BLOCK_ONLY_HIGH' },
        ],
      },
    },
  });
  const { person } = call;
  await person.waitFor(
    () => person.events().some(({ type, turn }) => type === 'usage' && turn === 1),
    15_000,
  );
  await person.waitFor(() => person.heard().soundMs() > 100, 15_000);

  const { peer } = service;
  expect(peer.path).toBe('//ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent');
  expect(peer.headers.authorization).toBe('Bearer token-of-a-workload');
  expect(peer.received[0]).toStrictEqual({
    setup: {
      model:
        'projects/shop/locations/europe-west4/publishers/google/models/gemini-live-2.5-flash-native-audio',
      generationConfig: { responseModalities: ['AUDIO'], enableAffectiveDialog: true },
      sessionResumption: { transparent: true },
      inputAudioTranscription: {},
      outputAudioTranscription: {},
      contextWindowCompression: { slidingWindow: {} },
      explicitVadSignal: true,
      safetySettings: [
        { category: 'HARM_CATEGORY_HARASSMENT', method: 'SEVERITY', threshold: 'BLOCK_ONLY_HIGH' },
      ],
    },
  });
  const events = person.events();
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'speech', participant: 'ana', phase: 'started' }),
  );
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'usage',
      prompt: 10,
      response: 5,
      total: 15,
      byModality: { prompt: {}, response: { AUDIO: 5 } },
    }),
  );
});

/** Words of its own: a session id, explicit signals of speech, candidates instead of responses. */
function answerAsVertex(peer: Peer): void {
  answerSetup(peer);
  const audio = Buffer.from(sine(440, 400, 24_000).buffer).toString('base64');
  const greet = (): void => {
    peer.send({ voiceActivity: { type: 'ACTIVITY_START' } });
    peer.send({ voiceActivity: { type: 'ACTIVITY_END' } });
    peer.send({
      serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm', data: audio } }] } },
    });
    peer.send({
      serverContent: { turnComplete: true },
      usageMetadata: {
        promptTokenCount: 10,
        candidatesTokenCount: 5,
        totalTokenCount: 15,
        candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 5 }],
      },
    });
  };
  // Once the microphone is heard: then somebody is known to be there.
  peer.socket.on('message', function onMessage(data) {
    if (!String(data).startsWith('{"realtimeInput"')) return;
    peer.socket.off('message', onMessage);
    greet();
  });
}
