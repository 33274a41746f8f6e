// What a call may cost: the lower of the profile's limits and the deployment's, and the refusal of a call without a budget.
import type { CostLimits } from '../config/bill-limits.js';
import type { Profile } from '../profile/profile.js';

/** Why a call may not begin: its room or its worker has used up what it may use in an hour. */
export interface CallRefusal {
  readonly limit: 'room-limit' | 'hour-limit';
  /** For people in the room. */
  readonly message: string;
}

const MINUTE_MS = 60_000;

/** The profile with the lower of its own limits and the deployment's. */
export function limitedProfile(profile: Profile, limits: Omit<CostLimits, 'calls'> = {}): Profile {
  const { minutes, tokens } = limits;
  const maxDurationMs = lower(profile.leave.maxDurationMs, minutes && minutes * MINUTE_MS);
  const maxTokens = lower(profile.leave.maxTokens, tokens);
  return {
    ...profile,
    leave: {
      ...profile.leave,
      ...(maxDurationMs === undefined ? {} : { maxDurationMs }),
      ...(maxTokens === undefined ? {} : { maxTokens }),
    },
  };
}

function lower(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
