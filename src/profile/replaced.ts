// Fields of the deployment's profiles on which it relies, and which a dispatch's metadata replaces: a client may have written it.
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from './merge.js';

/** Who commands and writes, and what the agent can do. */
const RELIED_ON = ['control', 'chat', 'tools', 'mcp'] as const;

/**
 * @param file AGENT_PROFILE, as text or parsed
 * @param named the named profiles, of which the metadata may choose one
 * @returns the names of the fields that both set, to different values
 */
export function replacedFields(
  file: unknown,
  metadata: string,
  named: ReadonlyMap<string, unknown> = new Map(),
): string[] {
  const own = recordOf(metadata);
  const base = { ...recordOf(file), ...recordOf(named.get(String(own.profile))) };
  return RELIED_ON.filter(
    (field) =>
      base[field] !== undefined && own[field] !== undefined && !isDeepStrictEqual(base[field], own[field]),
  );
}

/** What is no profile is refused elsewhere. */
function recordOf(profile: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = typeof profile === 'string' ? JSON.parse(profile) : profile;
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
