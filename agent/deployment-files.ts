// The files of a deployment, as they were when its worker started: an edit, right or wrong, takes effect with the next start.
import {
  type ConfiguredAccess,
  type Environment,
  type KnownTool,
  type McpServerConfig,
  readAccesses,
  readBaseProfile,
  readMcpServers,
  readNamedProfiles,
} from '../src/index.js';

/** Plain data: it goes from one process of the worker to others. */
export interface DeploymentFiles {
  /** The text of AGENT_PROFILE's file. */
  readonly baseProfile?: string | undefined;
  /** The texts of AGENT_PROFILES' files by their names. */
  readonly profiles: ReadonlyMap<string, string>;
  readonly mcpServers: ReadonlyMap<string, McpServerConfig>;
  /** In order of preference; undefined: GOOGLE_ACCESS_FILE is not set. */
  readonly accesses?: readonly ConfiguredAccess[] | undefined;
}

/** What a process of a worker has read of its deployment, for those that are started later. */
export interface KnownDeployment {
  readonly tools: readonly KnownTool[];
  readonly files: DeploymentFiles;
}

/** @throws EnvironmentError that names each file that is wrong */
export function readDeploymentFiles({
  profilePath,
  profilesFolder,
  mcpPath,
  accessPath,
}: Pick<Environment, 'profilePath' | 'profilesFolder' | 'mcpPath' | 'accessPath'>): DeploymentFiles {
  return {
    baseProfile: readBaseProfile(profilePath),
    profiles: readNamedProfiles(profilesFolder),
    mcpServers: readMcpServers(mcpPath),
    accesses: accessPath === undefined ? undefined : readAccesses(accessPath),
  };
}
