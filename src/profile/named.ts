// Named profiles of a deployment: the files NAME.json of AGENT_PROFILES, read when the worker starts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '../config/environment.js';

/** The files' texts by name; empty where no folder is set. @throws EnvironmentError when the folder cannot be read */
export function readNamedProfiles(folder: string | undefined): ReadonlyMap<string, string> {
  const profiles = new Map<string, string>();
  if (folder === undefined) return profiles;
  try {
    for (const file of readdirSync(folder).sort()) {
      const [, name] = /^([\w.-]{1,64})\.json$/.exec(file) ?? [];
      if (name !== undefined) profiles.set(name, readFileSync(join(folder, file), 'utf8'));
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new EnvironmentError([
      { name: 'AGENT_PROFILES', message: `names a folder that cannot be read (${code})` },
    ]);
  }
  return profiles;
}
