// Options of a bridge, and the reasons of its end.
import type { PcmChunk } from '../audio/pcm.js';
import type { VoiceActivity } from '../audio/voice-activity.js';
import type { CallLimit } from '../lanes/auto-leave.js';
import type { Capabilities } from '../profile/model-capabilities.js';
import type { Profile } from '../profile/profile.js';
import type { RoomPort, Voice } from '../room/port.js';
import type { ModelListener, ModelSession } from '../session/port.js';
import type { ToolDeployment } from '../tools/deployment.js';
import type { Ledger } from '../turns/ledger.js';
import type { Logger } from '../util/log.js';
import type { BridgeReport } from './bridge-report.js';
import type { BridgeState } from './bridge-state.js';
import type { CheckedProfile } from './checked-profile.js';

export interface BridgeOptions {
  readonly room: RoomPort;
  readonly voice: Voice;
  readonly profile: Profile;
  readonly capabilities: Capabilities;
  readonly openSession: (listener: ModelListener, ledger: Ledger) => ModelSession;
  /** The state of a conversation that began in another process. */
  readonly restored?: BridgeState;
  /** Number of the process that runs the call; rises with each takeover. */
  readonly epoch?: number;
  /** Called with changes of the state that another process needs to continue this call. */
  readonly onState?: (change: Partial<BridgeState>) => void;
  /** Collects the facts of the call. */
  readonly report: BridgeReport;
  /** Vertex AI serves the model. */
  readonly vertex: boolean;
  /** How this deployment runs tools. */
  readonly tools: ToolDeployment;
  /** LiveKit's SIP API for this room; omitted: callers cannot be transferred. */
  readonly transfer?: (identity: string, to: string) => Promise<void>;
  /** Applies a change to a profile and checks the result. */
  readonly changeProfile: (profile: Profile, change: unknown) => CheckedProfile;
  /** Opens the detection that tells speech from noise; called where the profile needs it. Omitted: loudness decides. */
  readonly openVoiceActivity?: () => VoiceActivity;
  readonly resample: (chunk: PcmChunk) => PcmChunk;
  readonly log: Logger;
  /** The call is over; called once. */
  readonly onEnd: (end: BridgeEnd) => void;
}

export interface BridgeEnd {
  readonly reason: 'alone' | 'idle' | CallLimit | 'hung-up' | 'room-closed' | 'refused' | 'closed';
  readonly detail?: string;
  /** Why it was refused, by the service or before it began. */
  readonly error?: { readonly code: string; readonly message: string };
}
