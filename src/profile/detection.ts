// Who decides when somebody speaks: the service, or people who open and close their turns.
import type { Profile } from './profile.js';

/** Whether people open and close their turns themselves. */
export function isManual({ listen, live }: Profile): boolean {
  const detection = live.realtimeInputConfig?.automaticActivityDetection;
  return listen.policy === 'push-to-talk' || detection?.disabled === true;
}
