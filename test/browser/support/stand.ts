// Everything that a page needs: LiveKit server, local Live API, worker, and the web server, all real.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { readEnvironment } from '../../../src/config/environment.js';
import { startWeb, type WebServer } from '../../../web/server/server.js';
import { builtPage } from '../../support/built.js';
import { type LiveKitServer, startLivekitServer } from '../../support/livekit-server.js';
import { concat, silence } from '../../support/tone.js';
import { startWorker, type TestWorker } from '../../support/worker.js';

export interface Stand extends AsyncDisposable {
  readonly livekit: LiveKitServer;
  readonly worker: TestWorker;
  readonly web: WebServer;
  /** The page's address, in a room of its own. */
  address(room?: string): string;
}

/**
 * @param liveApi ends with the stand
 * @param envFor what else the web server's environment says
 */
export async function startStand(
  liveApi: LiveApiServer,
  envFor: (livekit: LiveKitServer) => Promise<Readonly<Record<string, string>>> = async () => ({}),
): Promise<Stand> {
  const livekit = await startLivekitServer();
  const worker = await startWorker({ livekit, liveApi });
  const env = await envFor(livekit);
  const web = await startWeb(
    readEnvironment({
      LIVEKIT_URL: livekit.url,
      LIVEKIT_API_KEY: livekit.apiKey,
      LIVEKIT_API_SECRET: livekit.apiSecret,
      AGENT_NAME: worker.agentName,
      WEB_PORT: '0',
      WEB_PROFILES: 'any',
      WEB_TOKENS_PER_MINUTE: '1000',
      ...env,
    }),
    await builtPage(),
  );
  let rooms = 0;
  return {
    livekit,
    worker,
    web,
    address: (room) => `${web.url}/?room=${room ?? `page-${++rooms}`}`,
    [Symbol.asyncDispose]: async () => {
      await web.close();
      await worker[Symbol.asyncDispose]();
      await livekit[Symbol.asyncDispose]();
      await liveApi.close();
    },
  };
}

const RATE = 48_000;

/** For a browser's microphone: a pause, then the speech, at 48 kHz. */
export function spoken(speech: { readonly samples: Int16Array; readonly rate: number }, afterMs: number) {
  const step = RATE / speech.rate;
  const samples = new Int16Array(Math.floor(speech.samples.length * step));
  for (let index = 0; index < samples.length; index += 1) {
    const at = index / step;
    const left = speech.samples[Math.floor(at)] ?? 0;
    const right = speech.samples[Math.ceil(at)] ?? left;
    samples[index] = Math.round(left + (right - left) * (at % 1));
  }
  return { samples: concat(silence(afterMs, RATE), samples, silence(2_000, RATE)), rate: RATE };
}

export const noSpeech = { samples: silence(1_000, RATE), rate: RATE };
