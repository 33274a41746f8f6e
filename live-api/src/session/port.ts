// What a session needs of its surroundings.
import type { JsonObject, OpenAnswerer } from '../answerer-port.js';
import type { Clock } from '../clock/clock.js';
import type { SessionConfig } from '../models/check-setup.js';
import type { Speech } from '../speech/port.js';
import type { Refusal } from '../wire/refusal.js';
import type { Pace } from './pace.js';
import type { ResumptionStore } from './resumption.js';

export interface SessionPort {
  readonly clock: Clock;
  readonly speech: Speech;
  readonly pace: Pace;
  readonly openAnswerer: OpenAnswerer;
  readonly resumption: ResumptionStore;
  readonly version: string;
  readonly retired: 'serve' | 'refuse';
  readonly key: string | undefined;
  send(message: JsonObject): void;
  close(refusal: Refusal): void;
  onOpen(config: SessionConfig): void;
  onError(error: unknown): void;
}
