// Parses a profile: merges its layers, checks the result as a whole, and normalises it.
import type { ReadonlyDeep } from 'type-fest';
import type { z } from 'zod';
import { jsonText } from '../util/json-text.js';
import { isRecord, isTooDeep, mergeLayers } from './merge.js';
import { nearest } from './nearest.js';
import { normaliseProfile, type ProfileTool } from './normalize.js';
import { atMost, kindOf, messageOfIssue, type Problem, problemsOf } from './problems.js';
import { type ProfileFields, profileSchema } from './schema.js';

export type { ProfileTool } from './normalize.js';
export type { Problem } from './problems.js';

/** The limit of metadata in a LiveKit dispatch. */
export const MAX_PROFILE_BYTES = 256 * 1024;

/** A tool that was found on an MCP server. A profile cannot declare one by itself: it names servers under `mcp`. */
export interface McpRun {
  readonly by: 'mcp';
  readonly server: string;
  /** The tool's own name there. */
  readonly tool: string;
}

/**
 * The configuration of the agent in one room. Frozen, with every default filled in. Voice, language, instructions,
 * modality and functions that were given under `live` are in the fields of this type; `live` has only the rest.
 */
export type Profile = ReadonlyDeep<
  Omit<ProfileFields, '$schema' | 'modality' | 'tools'> & {
    modality: 'audio' | 'text';
    tools: (Omit<ProfileTool, 'run'> & { run: ProfileTool['run'] | McpRun })[];
    /** The instructions of the profile's MCP servers, which follow its own. Set at run time. */
    serverInstructions?: string;
  }
>;

/** A profile as it is written, with every field optional. */
export type ProfileInput = z.input<typeof profileSchema>;

/** A parsed profile with the rewrites that were made, or every problem that refuses it. */
export type ProfileResult =
  | {
      readonly ok: true;
      readonly profile: Profile;
      /** Descriptions of rewrites that keep the meaning, each with its path. */
      readonly fixes?: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The fields that `configure` may change in a running call. */
export const CONFIGURABLE = ['instructions', 'tools', 'listen', 'see'] as const;

/** The layers of a profile, merged in this order (see merge.ts). A string is JSON text. */
export interface ProfileLayers {
  /** AGENT_PROFILE's file. */
  readonly file?: unknown;
  /** The dispatch's metadata. */
  readonly metadata?: unknown;
  /** Named profiles (AGENT_PROFILES), one of which the metadata may extend. */
  readonly named?: ReadonlyMap<string, unknown>;
}

/** Merges defaults, file and metadata. Returns a complete profile, or every wrong field at once. */
export function parseProfile({ file, metadata, named }: ProfileLayers = {}): ProfileResult {
  const problems: Problem[] = [];
  const base = readLayer(file, 'AGENT_PROFILE', problems);
  const own = readLayer(metadata, 'metadata', problems);
  const { profile: name } = own;
  const middle = typeof name === 'string' ? namedLayer(name, named, problems) : {};
  for (const [layer, where] of [
    [base, 'AGENT_PROFILE'],
    [middle, `the profile ${jsonText(name)}`],
  ] as const) {
    if (layer.profile === undefined) continue;
    problems.push({
      path: 'profile',
      message: `has no place in ${where}: only a dispatch's metadata names one`,
    });
  }
  if (problems.length > 0) return { ok: false, problems };
  return check(mergeLayers([base, middle, own]));
}

function namedLayer(
  name: string,
  named: ReadonlyMap<string, unknown> = new Map(),
  problems: Problem[],
): Readonly<Record<string, unknown>> {
  const layer = named.get(name);
  if (layer !== undefined) return readLayer(layer, `the profile ${name}`, problems);
  const known = [...named.keys()];
  const guess = nearest(name, known);
  const hint = guess === undefined ? `there are: ${known.join(', ') || 'none'}` : `did you mean ${guess}?`;
  problems.push({ path: 'profile', message: `is not a profile of AGENT_PROFILES; ${hint}` });
  return {};
}

/** Without fields that were set at run time, so that another deployment can check the profile again. */
export function withoutFound(profile: Profile): Profile {
  const { serverInstructions: _, ...rest } = profile;
  return { ...rest, tools: profile.tools.filter(({ run }) => run.by !== 'mcp') };
}

/** Merges `change` over a profile and checks the result as a whole. */
export function reconfigureProfile(profile: Profile, change: unknown): ProfileResult {
  const problems: Problem[] = [];
  const patch = readLayer(change, 'configure', problems);
  for (const key of Object.keys(patch)) {
    if ((CONFIGURABLE as readonly string[]).includes(key)) continue;
    problems.push({
      path: key.slice(0, 64),
      message: `cannot be changed in a call; ${CONFIGURABLE.join(', ')} can`,
    });
  }
  if (problems.length > 0) return { ok: false, problems };
  const { systemInstruction: _, ...live } = profile.live;
  const written = withoutFound(profile);
  // Instructions of several parts are under `live`; new instructions replace them.
  const base = Object.hasOwn(patch, 'instructions') ? { ...written, live } : written;
  return check(mergeLayers([base, patch]));
}

function check(merged: unknown): ProfileResult {
  // A copy, because the profile is frozen and the caller's object must not be.
  const own = JSON.parse(JSON.stringify(merged)) as unknown;
  const result = profileSchema.safeParse(own, { error: messageOfIssue });
  if (!result.success) {
    const { issues } = result.error;
    return { ok: false, problems: atMost([...problemsOf(issues, own), ...problemsBeside(issues, own)]) };
  }
  const normal = normaliseProfile(result.data);
  if (normal.problems.length > 0) return { ok: false, problems: atMost(normal.problems) };
  const { profile, fixes } = normal;
  return { ok: true, profile: deepFreeze(profile), ...(fixes.length > 0 ? { fixes } : {}) };
}

/** Problems between valid fields: they are reported together with wrong fields, not after those are corrected. */
function problemsBeside(issues: readonly z.core.$ZodIssue[], own: unknown): Problem[] {
  if (!isRecord(own)) return [];
  const wrong = new Set(
    issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : issue.path[0],
    ),
  );
  const rest = Object.fromEntries(Object.entries(own).filter(([key]) => !wrong.has(key)));
  const result = profileSchema.safeParse(rest);
  return result.success ? normaliseProfile(result.data).problems : [];
}

function readLayer(layer: unknown, name: string, problems: Problem[]): Readonly<Record<string, unknown>> {
  const refuse = (message: string) => {
    problems.push({ path: name, message });
    return {};
  };
  let value: unknown = layer ?? {};
  if (typeof value === 'string') {
    if (value.length > MAX_PROFILE_BYTES || Buffer.byteLength(value) > MAX_PROFILE_BYTES) {
      return refuse(`must be at most ${MAX_PROFILE_BYTES / 1024} KB`);
    }
    if (value.trim() === '') return {};
    try {
      value = JSON.parse(value.replace(/^\uFEFF/, '')) as unknown;
    } catch {
      // JSON.parse errors quote the text, which may contain a secret.
      return refuse('must be JSON, a profile object');
    }
  }
  if (!isRecord(value)) return refuse(`must be a JSON object, a profile (got ${kindOf(value)})`);
  if (isTooDeep(value)) return refuse('must not nest deeper than 64 levels');
  return value;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
