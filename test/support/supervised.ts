// A supervisor over a fake service, and the frames and events that its tests are made of.
import type { PcmChunk } from '../../src/audio/pcm.js';
import type { Content, ModelEvent, ToolCall } from '../../src/session/port.js';
import { Supervisor } from '../../src/session/supervisor.js';
import type { Input } from '../../src/session/wire.js';
import type { Logger } from '../../src/util/log.js';
import { FakeService } from './fake-wire.js';

export const quietLog: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quietLog };

export interface Setup {
  readonly service: FakeService;
  readonly session: Supervisor;
  readonly events: ModelEvent[];
}

export function start(
  options: {
    history?: readonly Content[];
    ledger?: readonly Content[];
    answersAlways?: boolean;
    compresses?: boolean;
  } = {},
): Setup {
  const service = new FakeService();
  const events: ModelEvent[] = [];
  const session = new Supervisor(
    {
      openWire: service.open,
      capabilities: {
        answersAlways: options.answersAlways ?? false,
        audioStreamEnd: true,
        limits: { connectionMs: 600_000, sessionAudioMs: 900_000, sessionVideoMs: 120_000 },
      },
      compresses: options.compresses ?? true,
      history: options.history ?? [],
      ledger: () => options.ledger ?? [],
      log: quietLog,
    },
    (event) => events.push(event),
  );
  session.start();
  return { service, session, events };
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
