// Whether this deployment can run AGENT_PROFILE's file: every call builds on it, so what is wrong in it is reported at the start.
import { deployTools, EnvironmentError, parseProfile, type ToolDeployment } from '../src/index.js';

/** @throws EnvironmentError that names each wrong field */
export function checkBaseProfile(file: string | undefined, deployment: ToolDeployment): void {
  const parsed = parseProfile({ file });
  const result = parsed.ok ? deployTools(parsed.profile, deployment) : parsed;
  if (result.ok) return;
  throw new EnvironmentError(
    result.problems.map(({ path, message }) => ({
      name: 'AGENT_PROFILE',
      // A file that is no profile at all is named by itself.
      message: path === 'AGENT_PROFILE' ? message : `${path}: ${message}`,
    })),
  );
}
