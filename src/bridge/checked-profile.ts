// Reads a call's profile from its layers, or changes it during the call, and checks it against model and deployment.
import { isDeepStrictEqual } from 'node:util';
import { historyInWords } from '../profile/history-words.js';
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

/** What a profile is checked against: the tools of the deployment, Vertex AI or the Gemini API, and named profiles. */
export interface ProfileRules {
  /** What runs the profile's tools; `elsewhere`: another deployment, so that tools are not checked. */
  readonly deployment: ToolDeployment | 'elsewhere';
  readonly vertex: boolean;
  /** Named profiles that a dispatch may extend. */
  readonly named?: ReadonlyMap<string, unknown>;
}

/** A checked profile with its warnings, or every problem that refuses it. */
export type CheckedProfile =
  | {
      readonly ok: true;
      readonly profile: Profile;
      readonly capabilities: Capabilities;
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** @param file the deployment's base profile (AGENT_PROFILE), over which the metadata is merged */
export function readProfile(metadata: string, file: unknown, rules: ProfileRules): CheckedProfile {
  return check(parseProfile({ file, metadata, ...(rules.named ? { named: rules.named } : {}) }), rules);
}

/** Checks the profile of a call that is taken over again: this deployment may differ from the earlier one. */
export function restoreProfile(profile: Profile, rules: ProfileRules): CheckedProfile {
  return check({ ok: true, profile: withoutFound(profile) }, rules);
}

/** The tools that a changed profile may use: those of the dispatched profile, and of AGENT_PROFILE under other names. */
export function knownTools(dispatched: Profile, file: unknown): Profile['tools'] {
  const base = parseProfile({ file });
  if (!base.ok) return dispatched.tools;
  const names = new Set(dispatched.tools.map(nameOf));
  return [...dispatched.tools, ...base.profile.tools.filter((tool) => !names.has(nameOf(tool)))];
}

/**
 * @param change some fields, as `configure` gives them
 * @param known the tools that it may use, beside those of the MCP servers, which it cannot name
 */
export function changeProfile(
  profile: Profile,
  change: unknown,
  rules: ProfileRules,
  known: Profile['tools'],
): CheckedProfile {
  const changed = check(reconfigureProfile(profile, change), rules);
  if (!changed.ok) return changed;
  const problems = changed.profile.tools.flatMap((tool, index) => newPowers(tool, `tools[${index}]`, known));
  return problems.length > 0 ? { ok: false, problems } : changed;
}

type Tool = Profile['tools'][number];

const nameOf = ({ declaration }: Tool): string => declaration.name;

/**
 * A commander must not have requests signed, code run or people's clients called that the dispatcher has not chosen:
 * a tool keeps its name, who runs it, and who has to allow it.
 */
function newPowers(tool: Tool, path: string, known: Profile['tools']): Problem[] {
  const { run, approve, approveBy } = tool;
  // Found on a server that the dispatched profile names.
  if (run.by === 'mcp') return [];
  const before = known.find((other) => nameOf(other) === nameOf(tool));
  const refuse = (field: string, message: string): Problem[] => [{ path: `${path}.${field}`, message }];
  if (!before) {
    return refuse(
      'declaration.name',
      'is no tool of the dispatched profile or AGENT_PROFILE: a changed profile uses only those',
    );
  }
  if (!isDeepStrictEqual(before.run, run)) {
    const field = run.by === 'webhook' ? 'run.url' : run.by === 'module' ? 'run.name' : 'run.by';
    return refuse(field, 'must be run as the dispatched profile or AGENT_PROFILE has it');
  }
  if (before.approve !== undefined && !isDeepStrictEqual(before.approve, approve))
    return refuse('approve', 'must stay as the dispatched profile or AGENT_PROFILE has it');
  if (before.approveBy !== approveBy)
    return refuse('approveBy', 'must stay as the dispatched profile or AGENT_PROFILE has it');
  return [];
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
  const whole = historyInWords(profile.history);
  const history = fitHistory(whole, capabilities.contextTokens);
  if (history === whole) return { ok: true, profile: { ...profile, history }, capabilities, warnings };
  const warning = `history is too long for ${capabilities.model}: the newest ${history.length} of ${whole.length} turns are sent`;
  return { ok: true, profile: { ...profile, history }, capabilities, warnings: [...warnings, warning] };
}
