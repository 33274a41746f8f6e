// A model's capabilities: its row of the capability table with the profile's overrides.

import type { ReadonlyDeep } from 'type-fest';
import type { Capabilities, CapabilityOverrides } from '../capabilities/schema.js';
import { CAPABILITY_TABLE, UNKNOWN_MODEL } from '../capabilities/table.js';
import type { Profile } from './profile.js';

export type { Capabilities, CapabilityOverrides, Retirement } from '../capabilities/schema.js';
export { type CheckOptions, checkProfile, type ProfileCheck } from './check-model.js';

/** The row of a model, or the default row where there is none. Every model of the table is in docs/models.md. */
export function capabilitiesOf(
  model: string,
  overrides: ReadonlyDeep<CapabilityOverrides> = {},
): Capabilities {
  const name = model.slice(model.lastIndexOf('/') + 1);
  const entry = CAPABILITY_TABLE.get(name);
  const row = entry?.row ?? UNKNOWN_MODEL;
  return {
    ...row,
    ...set(overrides),
    languages: { ...row.languages, ...set(overrides.languages) },
    thinking: { ...row.thinking, ...set(overrides.thinking) },
    tools: { ...row.tools, ...set(overrides.tools) },
    limits: { ...row.limits, ...set(overrides.limits) },
    model: name,
    known: entry !== undefined,
    ...(entry?.retired ? { retired: entry.retired } : {}),
  };
}

/** The row for a profile, with its overrides and with the effects of its settings. */
export function capabilitiesFor(profile: Pick<Profile, 'model' | 'capabilities' | 'live'>): Capabilities {
  const capabilities = capabilitiesOf(profile.model, profile.capabilities);
  // With proactive audio the model may decide not to answer.
  const silent =
    capabilities.proactiveAudio === 'optional' && profile.live.proactivity?.proactiveAudio === true;
  return silent ? { ...capabilities, answersAlways: false } : capabilities;
}

/** Drops fields with the value undefined, which would hide those of the row. */
function set<T extends object>(fields: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
