// A supervisor over a fake service, and the frames and events that its tests are made of.
import type { PcmChunk } from '../../src/audio/pcm.js';
import { capabilitiesOf } from '../../src/profile/model-capabilities.js';
import { type Profile, parseProfile } from '../../src/profile/profile.js';
import type { Content, ModelEvent, ToolCall } from '../../src/session/port.js';
import { Supervisor, type SupervisorOptions } from '../../src/session/supervisor.js';
import type { TurnStamp } from '../../src/session/turn.js';
import type { Input } from '../../src/session/wire.js';
import type { Logger } from '../../src/util/log.js';
import { FakeService } from './fake-wire.js';

export const quietLog: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quietLog };

export interface Setup {
  readonly service: FakeService;
  readonly session: Supervisor;
  readonly events: ModelEvent[];
  /** The turn of each event. */
  readonly turns: TurnStamp[];
}

export interface StartOptions {
  readonly model?: string;
  /** Turns are opened and closed by people. */
  readonly manual?: boolean;
  readonly history?: readonly Content[];
  readonly ledger?: readonly Content[];
  readonly answersAlways?: boolean;
  readonly compresses?: boolean;
  /** Of a conversation that goes on in another process, and in one that takes it over. */
  readonly carry?: Pick<SupervisorOptions, 'takenOver' | 'handle' | 'onInputs' | 'heardBefore'>;
  /** Called with each event, after it was recorded. */
  readonly onEvent?: (event: ModelEvent) => void;
}

/** Without a hard end of connections, and with audioStreamEnd, unless a model is named. */
export function start(options: StartOptions = {}): Setup {
  const service = new FakeService();
  const events: ModelEvent[] = [];
  const turns: TurnStamp[] = [];
  const row = capabilitiesOf(options.model ?? 'gemini-3.8-live');
  const capabilities = {
    ...row,
    ...(options.model
      ? {}
      : {
          answersAlways: options.answersAlways ?? false,
          audioStreamEnd: true,
          limits: { connectionMs: 600_000, sessionAudioMs: 900_000, sessionVideoMs: 120_000 },
        }),
  };
  const session = new Supervisor(
    {
      openWire: service.open,
      capabilities,
      profile: profileOf({ ...(options.manual ? { listen: { policy: 'push-to-talk' } } : {}) }),
      compresses: options.compresses ?? true,
      history: options.history ?? [],
      ledger: () => options.ledger ?? [],
      log: quietLog,
      ...options.carry,
    },
    (event, turn) => {
      events.push(event);
      turns.push(turn);
      options.onEvent?.(event);
    },
  );
  session.start();
  return { service, session, events, turns };
}

export function profileOf(given: object): Profile {
  const parsed = parseProfile({ metadata: JSON.stringify(given) });
  if (!parsed.ok) throw new Error('the profile of this test is wrong');
  return parsed.profile;
}

/** 20 ms of speech, or of silence; `mark` tells frames apart. */
export function frame(mark: number, voiced = true): PcmChunk {
  return { samples: new Int16Array(320).fill(voiced ? 2_000 + mark : 0), rate: 16_000 };
}

export function marks(inputs: readonly Input[]): number[] {
  return inputs.flatMap((input) => (input.type === 'audio' ? [(input.chunk.samples[0] ?? 0) - 2_000] : []));
}

export const handle: ModelEvent = { type: 'resumption', handle: 'h1', resumable: true };
export const call: ToolCall = { id: 'c1', name: 'weather', args: {} };
export const result = { id: 'c1', name: 'weather', response: { ok: true } };
export const speech: ModelEvent = {
  type: 'audio',
  chunk: { samples: new Int16Array(480).fill(3_000), rate: 24_000 },
};
