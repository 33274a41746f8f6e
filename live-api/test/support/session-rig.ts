// A session without a network: fake time, a fake recogniser, and everything it sent with the time at which it did.
import { vi } from 'vitest';
import type { JsonObject, OpenAnswerer } from '../../src/answerer-port.js';
import { SharedClock } from '../../src/clock/clock.js';
import type { ConnectionFault } from '../../src/faults/schema.js';
import { readScenario, type ScenarioInput } from '../../src/scenario/schema.js';
import { ScenarioScript } from '../../src/scenario/script.js';
import { documentedLimits, type Limits } from '../../src/session/limits.js';
import { measuredPace } from '../../src/session/pace.js';
import { measuredResumption, ResumptionStore } from '../../src/session/resumption.js';
import { Session } from '../../src/session/session.js';
import { readClientMessage } from '../../src/wire/client-message.js';
import type { ApiVersion } from '../../src/wire/client-schema.js';
import { type Refusal, Refusal as RefusalError } from '../../src/wire/refusal.js';
import { briefAnswerer } from './brief-answerer.js';
import { type FakeSpeech, fakeSpeech } from './fake-speech.js';

export interface Sent {
  readonly atMs: number;
  readonly message: JsonObject;
}

export interface Rig extends Disposable {
  readonly session: Session;
  readonly speech: FakeSpeech;
  readonly clock: SharedClock;
  readonly sent: Sent[];
  readonly faults: ConnectionFault[];
  readonly resumption: ResumptionStore;
  readonly remembered: string[];
  readonly errors: unknown[];
  readonly logged: string[];
  closed: { readonly atMs: number; readonly code: number; readonly reason: string } | undefined;
  /** Sends a client's message as JSON. */
  send(message: object): void;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** The kinds of what was sent since the last call: keys of messages, and of serverContent. */
  kinds(): string[];
}

export interface RigOptions {
  readonly version?: ApiVersion;
  readonly limits?: Partial<Limits>;
  readonly scenario?: ScenarioInput;
  readonly speech?: FakeSpeech;
  readonly resumption?: ResumptionStore;
  readonly setup?: object;
  readonly answerer?: OpenAnswerer;
}

/** Fakes the timers of the process until the first of the rigs is disposed of. */
export function openRig(options: RigOptions = {}): Rig {
  const outermost = !vi.isFakeTimers();
  if (outermost) vi.useFakeTimers();
  const errors: unknown[] = [];
  const logged: string[] = [];
  const clock = new SharedClock((error) => errors.push(error));
  const startMs = clock.now();
  const speech = options.speech ?? fakeSpeech();
  const sent: Sent[] = [];
  const faults: ConnectionFault[] = [];
  const remembered: string[] = [];
  const resumption = options.resumption ?? new ResumptionStore(measuredResumption);
  const version = options.version ?? 'v1beta';
  const scenario = options.scenario && readScenario(options.scenario);
  let seen = 0;
  const session = new Session({
    clock,
    speech,
    pace: measuredPace,
    openAnswerer: options.answerer ?? briefAnswerer(remembered),
    resumption,
    limits: { ...documentedLimits, ...options.limits },
    version,
    retired: 'serve',
    withholdSetup: false,
    refuseSetup: undefined,
    admit: (setup) => ({ setup }),
    openScript: () => scenario && new ScenarioScript(scenario),
    send: (message) => sent.push({ atMs: Math.round(clock.now() - startMs), message }),
    fault: (fault) => faults.push(fault),
    close: (refusal: Refusal) => {
      rig.closed ??= { atMs: Math.round(clock.now() - startMs), code: refusal.code, reason: refusal.message };
    },
    onOpen: () => undefined,
    describePicture: async (bytes) => `A picture of ${bytes.length} bytes.`,
    onError: (error) => errors.push(error),
    log: (line) => logged.push(line),
  });
  const rig: Rig = {
    session,
    speech,
    clock,
    sent,
    faults,
    resumption,
    remembered,
    errors,
    logged,
    closed: undefined,
    send(message) {
      try {
        session.receive(readClientMessage(JSON.stringify(message), version).message);
      } catch (error) {
        if (!(error instanceof RefusalError)) throw error;
        session.refuse(error);
      }
    },
    pass: async (ms) => {
      await vi.advanceTimersByTimeAsync(ms);
    },
    kinds() {
      const fresh = sent.slice(seen).map(({ message }) => message);
      seen = sent.length;
      return fresh.flatMap(kindsOf);
    },
    [Symbol.dispose]() {
      session.end();
      clock.close();
      if (outermost) vi.useRealTimers();
    },
  };
  return rig;
}

/** A rig with a session that is open and has said all that belongs to its opening. */
export async function openSession(options: RigOptions = {}): Promise<Rig> {
  const rig = openRig(options);
  rig.send({ setup: { model: 'models/gemini-3.8-live', ...options.setup } });
  await rig.pass(400);
  rig.kinds();
  return rig;
}

export function kindsOf(message: object): string[] {
  return Object.entries(message).flatMap(([key, value]) =>
    key === 'serverContent' ? Object.keys(value as object) : [key],
  );
}
