// Keeps off the turn-detector process that AgentServer forks for every worker: 271 MB, and of no use to a bridge.
import { InferenceRunner } from '@livekit/agents';

const RUNNER = 'lk_eot_audio';

/**
 * AgentServer registers this runner unless the name is taken, and forks a process when any runner is enumerable:
 * a hidden entry is taken and not enumerable. There is no switch for it in 1.9.0; a test holds this in place.
 */
export function disableTurnDetector(): void {
  Object.defineProperty(InferenceRunner.registeredRunners, RUNNER, { value: 'disabled', enumerable: false });
}
