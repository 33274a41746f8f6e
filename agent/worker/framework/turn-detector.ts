// Prevents the turn-detector process that AgentServer forks for every worker: 271 MB, and unused here.
import { InferenceRunner } from '@livekit/agents';

const RUNNER = 'lk_eot_audio';

/**
 * AgentServer registers this runner unless the name is taken, and forks a process when any runner is enumerable:
 * a hidden entry is taken and not enumerable. 1.9.0 has no public switch for it. Where the registry is not what it
 * was, the detector runs, unused.
 *
 * @returns false where it could not be switched off
 */
export function disableTurnDetector(): boolean {
  const { registeredRunners } = InferenceRunner as { readonly registeredRunners?: unknown };
  if (typeof registeredRunners !== 'object' || registeredRunners === null) return false;
  return Reflect.defineProperty(registeredRunners, RUNNER, { value: 'disabled', enumerable: false });
}
