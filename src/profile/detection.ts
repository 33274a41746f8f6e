// Manual or automatic activity detection.
import type { Profile } from './profile.js';

/** Whether the profile uses manual activity detection. */
export function isManual({ listen, live }: Profile): boolean {
  const detection = live.realtimeInputConfig?.automaticActivityDetection;
  return listen.policy === 'push-to-talk' || detection?.disabled === true;
}
