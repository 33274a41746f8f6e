// What a bridge is made of, and how it ends.
import type { PcmChunk } from '../audio/pcm.js';
import type { Capabilities } from '../profile/model-capabilities.js';
import type { Profile } from '../profile/profile.js';
import type { RoomPort, Voice } from '../room/port.js';
import type { ModelListener, ModelSession } from '../session/port.js';
import type { ToolDeployment } from '../tools/deployment.js';
import type { Ledger } from '../turns/ledger.js';
import type { Logger } from '../util/log.js';
import type { BridgeState } from './bridge-state.js';
import type { CheckedProfile } from './checked-profile.js';

export interface BridgeOptions {
  readonly room: RoomPort;
  readonly voice: Voice;
  readonly profile: Profile;
  readonly capabilities: Capabilities;
  readonly openSession: (listener: ModelListener, ledger: Ledger) => ModelSession;
  /** The conversation began in another process, which is gone or about to go. */
  readonly restored?: BridgeState;
  /** Rises with each holder of a call. */
  readonly epoch?: number;
  /** Called with what has changed of the state that another process would need to go on with this call. */
  readonly onState?: (change: Partial<BridgeState>) => void;
  /** Vertex AI serves the model. */
  readonly vertex: boolean;
  /** What this deployment runs tools with. */
  readonly tools: ToolDeployment;
  /** Checks a profile of which some fields have changed. */
  readonly changeProfile: (profile: Profile, change: unknown) => CheckedProfile;
  readonly resample: (chunk: PcmChunk) => PcmChunk;
  readonly log: Logger;
  /** The call is over; called once. */
  readonly onEnd: (end: BridgeEnd) => void;
}

export interface BridgeEnd {
  readonly reason: 'alone' | 'max-duration' | 'hung-up' | 'room-closed' | 'refused' | 'closed';
  readonly detail?: string;
  /** Why the service refused. */
  readonly error?: { readonly code: string; readonly message: string };
}
