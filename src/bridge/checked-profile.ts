// A call's profile: read from its layers, or changed in a running call, and checked against the model and this deployment.

import { fitHistory } from '../profile/initial-history.js';
import { type Capabilities, capabilitiesFor, checkProfile } from '../profile/model-capabilities.js';
import {
  type Problem,
  type Profile,
  type ProfileResult,
  parseProfile,
  reconfigureProfile,
  withoutFound,
} from '../profile/profile.js';
import { deployTools, type ToolDeployment } from '../tools/deployment.js';

export interface ProfileRules {
  /** What runs the profile's tools; `elsewhere`: not this deployment, so that it is not asked whether it can. */
  readonly deployment: ToolDeployment | 'elsewhere';
  readonly vertex: boolean;
  /** Named profiles on which a dispatch may build. */
  readonly named?: ReadonlyMap<string, unknown>;
}

export type CheckedProfile =
  | {
      readonly ok: true;
      readonly profile: Profile;
      readonly capabilities: Capabilities;
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** @param file the profile that this deployment gives every call, before the dispatch's own */
export function readProfile(metadata: string, file: unknown, rules: ProfileRules): CheckedProfile {
  return check(parseProfile({ file, metadata, ...(rules.named ? { named: rules.named } : {}) }), rules);
}

/** The profile of a call that an earlier holder has checked: what this deployment is may differ. */
export function restoreProfile(profile: Profile, rules: ProfileRules): CheckedProfile {
  return check({ ok: true, profile: withoutFound(profile) }, rules);
}

/**
 * @param change some fields, as `configure` gives them
 * @param first the call's profile as it was dispatched: its webhooks and modules may be used again
 */
export function changeProfile(
  profile: Profile,
  change: unknown,
  rules: ProfileRules,
  first: Profile,
): CheckedProfile {
  const changed = check(reconfigureProfile(profile, change), rules);
  if (!changed.ok) return changed;
  const problems = newTargets(changed.profile, [...first.tools, ...profile.tools]);
  return problems.length > 0 ? { ok: false, problems } : changed;
}

/** A commander must not have requests signed for an address, or run code, that the dispatcher has not chosen. */
function newTargets({ tools }: Profile, known: Profile['tools']): Problem[] {
  const problems: Problem[] = [];
  for (const [index, { run }] of tools.entries()) {
    if (
      run.by === 'webhook' &&
      !known.some((tool) => tool.run.by === 'webhook' && tool.run.url === run.url)
    ) {
      const message = 'is no webhook of the dispatched profile: a changed profile uses only those';
      problems.push({ path: `tools[${index}].run.url`, message });
    }
    if (
      run.by === 'module' &&
      !known.some((tool) => tool.run.by === 'module' && tool.run.name === run.name)
    ) {
      const message = 'is no module of the dispatched profile: a changed profile uses only those';
      problems.push({ path: `tools[${index}].run.name`, message });
    }
  }
  return problems;
}

function check(parsed: ProfileResult, { deployment, vertex }: ProfileRules): CheckedProfile {
  if (!parsed.ok) return parsed;
  const deployed = deployment === 'elsewhere' ? parsed : deployTools(parsed.profile, deployment);
  const profile = deployed.ok ? deployed.profile : parsed.profile;
  const capabilities = capabilitiesFor(profile);
  const checked = checkProfile(profile, capabilities, { vertex });
  const { problems } = checked;
  const notices = 'notices' in deployed ? (deployed.notices ?? []) : [];
  const warnings = [...(parsed.fixes ?? []), ...notices, ...checked.warnings];
  const all = deployed.ok ? problems : [...deployed.problems, ...problems];
  if (all.length > 0) return { ok: false, problems: all };
  const history = fitHistory(profile.history, capabilities.contextTokens);
  if (history === profile.history) return { ok: true, profile, capabilities, warnings };
  const warning = `history is too long for ${capabilities.model}: the newest ${history.length} of ${profile.history.length} turns are sent`;
  return { ok: true, profile: { ...profile, history }, capabilities, warnings: [...warnings, warning] };
}
