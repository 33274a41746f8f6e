// What calls may cost in this deployment: calls, minutes and tokens, of a call, of a room and of a worker in an hour.

/** Limits on what calls cost; undefined: none. */
export interface CostLimits {
  readonly calls?: number | undefined;
  readonly minutes?: number | undefined;
  readonly tokens?: number | undefined;
}

/** The limits of a deployment. */
export interface BillLimits {
  /** Of these and the profile's `leave`, the lower count. */
  readonly call: Omit<CostLimits, 'calls'>;
  /** Of all calls of this worker, in an hour. */
  readonly hour: CostLimits;
  /** Of the calls in one room, in an hour. */
  readonly room: CostLimits;
}

type LimitVariable =
  | `AGENT_MAX_${'CALL' | 'HOUR' | 'ROOM'}_${'MINUTES' | 'TOKENS'}`
  | `AGENT_MAX_${'HOUR' | 'ROOM'}_CALLS`;

export function billLimitsOf(
  variables: Readonly<Partial<Record<LimitVariable, number | undefined>>>,
): BillLimits {
  return {
    call: { minutes: variables.AGENT_MAX_CALL_MINUTES, tokens: variables.AGENT_MAX_CALL_TOKENS },
    hour: {
      calls: variables.AGENT_MAX_HOUR_CALLS,
      minutes: variables.AGENT_MAX_HOUR_MINUTES,
      tokens: variables.AGENT_MAX_HOUR_TOKENS,
    },
    room: {
      calls: variables.AGENT_MAX_ROOM_CALLS,
      minutes: variables.AGENT_MAX_ROOM_MINUTES,
      tokens: variables.AGENT_MAX_ROOM_TOKENS,
    },
  };
}

/** Whether calls are limited together, not only each alone. */
export function hasSharedLimits({ hour, room }: BillLimits): boolean {
  return hasLimits(hour) || hasLimits(room);
}

/** Whether any of them is set. */
export function hasLimits(limits: CostLimits): boolean {
  return Object.values(limits).some((limit) => limit !== undefined);
}
