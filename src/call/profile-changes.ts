// Changes of the profile during a call: checked, with the values of its templates, and each warning logged once.
import { type CheckedProfile, changeProfile, type ProfileRules } from '../bridge/checked-profile.js';
import type { Profile } from '../profile/profile.js';
import { renderTemplates, type TemplateValues } from '../profile/templates.js';
import type { Logger } from '../util/log.js';

export interface ProfileChangesOptions {
  readonly rules: ProfileRules;
  /** The tools that a changed profile may use. */
  readonly known: Profile['tools'];
  readonly values: TemplateValues;
  /** Of the profile with which the call begins. */
  readonly warnings: readonly string[];
  readonly log: Logger;
}

/** Logs the warnings of the call's profile, and returns what checks a change of it. */
export function profileChanges({ rules, known, values, warnings, log }: ProfileChangesOptions) {
  const logged = new Set<string>();
  const warn = (all: readonly string[]): void => {
    for (const warning of all)
      if (!logged.has(warning)) log.warn({ warning }, 'the profile asks for something unusual');
    for (const warning of all) logged.add(warning);
  };
  warn(warnings);
  return (current: Profile, change: unknown): CheckedProfile => {
    const changed = changeProfile(current, change, rules, known);
    if (!changed.ok) return changed;
    warn(changed.warnings);
    return { ...changed, profile: renderTemplates(changed.profile, values) };
  };
}
