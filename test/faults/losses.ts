// The kinds of loss that a call has to survive: when each strikes, how, and what the service itself then needs.
import type { LiveApiServer } from '@gemini-room-agent/live-api';

/** What the conversation is doing when the loss comes. */
export type Phase = 'idle' | 'user-speaking' | 'waiting-for-model' | 'model-speaking' | 'tool-in-flight';

export interface Loss {
  readonly name: string;
  readonly phase: Phase;
  readonly strike: (liveApi: LiveApiServer) => void;
  /** Strikes once more when the next connection has been asked for. */
  readonly again?: (liveApi: LiveApiServer) => void;
  /** How long the service itself keeps a client out after this: refusals, deadlines, set-up. */
  readonly serviceNeedsMs: number;
  /** `undefined`: the connection itself comes through. */
  readonly restored: 'resumed' | 'rebuilt' | undefined;
  /** Whether the loss is announced: then no word may be lost or said twice. */
  readonly orderly?: boolean;
}

/** A connection: upgrade, set-up, setupComplete as the real service times it. */
const SETUP_MS = 400;
/** An idle session is refused when it is taken up at once, and accepted a second after its socket has closed. */
const IDLE_MS = 1_000 + SETUP_MS;
/** Nothing tells that nothing will come: the first try is given up after this. */
const RECONNECT_DEADLINE_MS = 4_000;

const kill = (liveApi: LiveApiServer): void => liveApi.faults.kill();

export const LOSSES: readonly Loss[] = [
  {
    name: 'socket killed, tool in flight',
    phase: 'tool-in-flight',
    strike: kill,
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
  },
  { name: 'socket killed, idle', phase: 'idle', strike: kill, serviceNeedsMs: IDLE_MS, restored: 'resumed' },
  {
    name: 'socket killed, user speaking',
    phase: 'user-speaking',
    strike: kill,
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'socket killed, waiting for the model',
    phase: 'waiting-for-model',
    strike: kill,
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'socket killed, model speaking',
    phase: 'model-speaking',
    strike: kill,
    serviceNeedsMs: SETUP_MS,
    restored: 'resumed',
  },
  {
    name: 'socket killed while connecting again',
    phase: 'user-speaking',
    strike: (liveApi) => {
      liveApi.faults.withholdSetup(1);
      liveApi.faults.kill();
    },
    again: kill,
    serviceNeedsMs: 2 * IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'socket killed while rotating',
    phase: 'idle',
    strike: (liveApi) => {
      liveApi.faults.withholdSetup(1);
      liveApi.faults.goAway({ timeLeftMs: 20_000, end: false });
    },
    again: kill,
    serviceNeedsMs: 2 * IDLE_MS,
    restored: 'resumed',
    orderly: true,
  },
  {
    name: 'close 1011 Internal error',
    phase: 'user-speaking',
    strike: (a) => a.faults.close(1011, 'Internal error encountered.'),
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'close 1011 service unavailable',
    phase: 'model-speaking',
    strike: (a) => a.faults.close(1011, 'The service is currently unavailable.'),
    serviceNeedsMs: SETUP_MS,
    restored: 'resumed',
  },
  {
    name: 'close 1008 not implemented',
    phase: 'waiting-for-model',
    strike: (a) => a.faults.close(1008, 'Operation is not implemented, or supported, or enabled.'),
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'close 1000',
    phase: 'idle',
    strike: (a) => a.faults.close(1000),
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'close 1000, user speaking',
    phase: 'user-speaking',
    strike: (a) => a.faults.close(1000),
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'goAway with 50 s',
    phase: 'user-speaking',
    strike: (a) => a.faults.goAway({ timeLeftMs: 50_000 }),
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
    orderly: true,
  },
  {
    name: 'goAway with 0 s',
    phase: 'user-speaking',
    strike: (a) => a.faults.goAway({ timeLeftMs: 0 }),
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'lifetime over without goAway',
    phase: 'user-speaking',
    strike: (a) => a.faults.close(1011, 'Deadline expired before operation could complete.'),
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'HTTP 429 on upgrade, twice',
    phase: 'user-speaking',
    strike: (a) => {
      a.faults.refuseUpgrades(429, 2);
      a.faults.kill();
    },
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'HTTP 503 on upgrade, twice',
    phase: 'idle',
    strike: (a) => {
      a.faults.refuseUpgrades(503, 2);
      a.faults.kill();
    },
    serviceNeedsMs: IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'no setupComplete',
    phase: 'model-speaking',
    strike: (a) => {
      a.faults.withholdSetup(1);
      a.faults.kill();
    },
    serviceNeedsMs: RECONNECT_DEADLINE_MS + IDLE_MS,
    restored: 'resumed',
  },
  {
    name: 'handle refused: session expired',
    phase: 'user-speaking',
    strike: (a) => {
      a.faults.refuseHandles(1, { code: 1008, reason: 'BidiGenerateContent session expired' });
      a.faults.kill();
    },
    serviceNeedsMs: 2 * SETUP_MS,
    restored: 'rebuilt',
  },
  {
    name: 'handle refused twice',
    phase: 'idle',
    strike: (a) => {
      a.faults.refuseHandles(2);
      a.faults.kill();
    },
    again: kill,
    serviceNeedsMs: 3 * SETUP_MS,
    restored: 'rebuilt',
  },
  {
    name: 'network frozen for 20 s',
    phase: 'user-speaking',
    strike: (a) => a.faults.freeze(20_000),
    serviceNeedsMs: 20_000,
    restored: undefined,
  },
];
