// The profile file that a deployment gives every call (AGENT_PROFILE).
import { readFileSync } from 'node:fs';
import { EnvironmentError } from '../config/environment.js';

/** The file's text. @throws EnvironmentError when it cannot be read */
export function readBaseProfile(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new EnvironmentError([
      {
        name: 'AGENT_PROFILE',
        message: `names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`,
      },
    ]);
  }
}
