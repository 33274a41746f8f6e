// The dependencies of a session.
import type { JsonObject, OpenAnswerer } from '../answerer-port.js';
import type { Admission } from '../auth/credentials.js';
import type { Clock } from '../clock/clock.js';
import type { ConnectionFault } from '../faults/schema.js';
import type { SessionConfig } from '../models/check-setup.js';
import type { Speech } from '../speech/port.js';
import type { Setup } from '../wire/client-message.js';
import type { Refusal } from '../wire/refusal.js';
import type { Limits } from './limits.js';
import type { Pace } from './pace.js';
import type { Script } from './plan.js';
import type { ResumptionStore } from './resumption.js';

export interface SessionPort {
  readonly clock: Clock;
  readonly speech: Speech;
  readonly pace: Pace;
  readonly openAnswerer: OpenAnswerer;
  readonly resumption: ResumptionStore;
  readonly limits: Limits;
  readonly version: string;
  readonly retired: 'serve' | 'refuse';
  /** Throws a Refusal when the client may not open a session with this setup. */
  admit(setup: Setup): Admission;
  /** The scenario of a new conversation, if there is one. */
  openScript(): Script | undefined;
  /** Takes the setup but never sends setupComplete. */
  readonly withholdSetup: boolean;
  /** Closes the connection where setupComplete would be sent. */
  readonly refuseSetup: Refusal | undefined;
  send(message: JsonObject): void;
  /** A scenario disturbs the connection. */
  fault(fault: ConnectionFault): void;
  close(refusal: Refusal): void;
  onOpen(config: SessionConfig): void;
  /** What can be said of a picture. */
  describePicture(bytes: Buffer): Promise<string>;
  onError(error: unknown): void;
  /** A line for the server's log. */
  log(line: string): void;
}
