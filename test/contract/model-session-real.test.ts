// The contract of ModelSession, kept by the supervisor over the real SDK and the local Live API.
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { geminiWire } from '../../src/gemini/wire.js';
import { capabilitiesFor } from '../../src/profile/model-capabilities.js';
import { parseProfile } from '../../src/profile/profile.js';
import type { ModelListener } from '../../src/session/port.js';
import { Supervisor } from '../../src/session/supervisor.js';
import { quietLog } from '../support/supervised.js';
import { type Arrived, describeModelSession, type Rig, TOOL } from './model-session.js';

/** Takes audioStreamEnd, which the newest model does not. */
const MODEL = 'gemini-2.5-flash-native-audio-preview-12-2025';

class RealRig implements Rig {
  readonly #liveApi: LiveApiServer;

  static async start(): Promise<RealRig> {
    return new RealRig(
      await startLiveApi({
        speech: 'tones',
        pace: 'prompt',
        scenario: {
          rules: [
            { when: { text: 'weather' }, do: [{ call: { name: TOOL, args: { city: 'Oslo' } } }] },
            { when: { toolResponse: TOOL }, do: [{ say: 'It is grey.' }] },
            { when: { text: '.' }, do: [{ say: 'Well.' }] },
          ],
        },
      }),
    );
  }

  constructor(liveApi: LiveApiServer) {
    this.#liveApi = liveApi;
  }

  open(listener: ModelListener): Supervisor {
    const parsed = parseProfile({
      metadata: JSON.stringify({
        model: MODEL,
        tools: [{ declaration: { name: TOOL }, run: { by: 'participant' } }],
      }),
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { profile } = parsed;
    const capabilities = capabilitiesFor(profile);
    const access = { apiKey: 'some-key', baseUrl: this.#liveApi.url };
    const session = new Supervisor(
      {
        openWire: geminiWire({ access, profile, capabilities, log: quietLog }),
        capabilities,
        profile,
        compresses: true,
        history: [],
        ledger: () => [],
        log: quietLog,
      },
      listener,
    );
    session.start();
    return session;
  }

  get arrived(): readonly Arrived[] {
    return this.#liveApi.sessions.flatMap(({ received }) => received.flatMap(arrivedOf));
  }

  get connections(): number {
    return this.#liveApi.sessions.filter(({ state }) => state === 'open').length;
  }

  drop(): void {
    this.#liveApi.faults.kill();
  }

  close(code: number, reason: string): void {
    this.#liveApi.faults.close(code, reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#liveApi.close();
  }
}

interface ClientMessage {
  readonly realtimeInput?: {
    readonly audio?: { readonly data: string };
    readonly video?: object;
    readonly audioStreamEnd?: boolean;
    readonly activityStart?: object;
    readonly activityEnd?: object;
  };
  readonly clientContent?: {
    readonly turns: readonly { readonly parts: readonly { readonly text: string }[] }[];
    readonly turnComplete: boolean;
  };
  readonly toolResponse?: {
    readonly functionResponses: readonly { readonly id: string; readonly response: unknown }[];
  };
}

function arrivedOf(message: object): Arrived[] {
  const { realtimeInput, clientContent, toolResponse } = message as ClientMessage;
  if (realtimeInput?.audio) {
    const bytes = Buffer.from(realtimeInput.audio.data, 'base64');
    return [{ kind: 'audio', loudest: Math.max(...new Int16Array(new Uint8Array(bytes).buffer)) }];
  }
  if (realtimeInput?.video) return [{ kind: 'image' }];
  if (realtimeInput?.audioStreamEnd) return [{ kind: 'stream-end' }];
  if (realtimeInput?.activityStart) return [{ kind: 'activity-start' }];
  if (realtimeInput?.activityEnd) return [{ kind: 'activity-end' }];
  if (clientContent) {
    const text = clientContent.turns[0]?.parts[0]?.text ?? '';
    return [{ kind: clientContent.turnComplete ? 'text' : 'context', text }];
  }
  return (toolResponse?.functionResponses ?? []).map(({ id, response }) => ({
    kind: 'tool-result',
    id,
    response,
  }));
}

describeModelSession('the supervisor over the real SDK', () => RealRig.start());
