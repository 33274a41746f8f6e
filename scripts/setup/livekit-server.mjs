// Step 3: a LiveKit server to talk to: the one named, the one installed, the one kept from before, or one built with Go, which is fetched where it is not there.
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { unreachable } from '../../live-api/setup/network.mjs';
import { run } from '../../live-api/setup/run.mjs';
import { provideGo } from './go.mjs';
import { SetupError } from './setup-error.mjs';

/** The newest version whose go.mod has no replace directives, which `go install` refuses. */
export const livekitVersion = 'v1.13.5';

const OTHER_WAYS = [
  'or install Go (https://go.dev/dl, or apt-get install golang)',
  'or put livekit-server of https://github.com/livekit/livekit/releases on PATH (macOS: brew install livekit)',
  'or set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET to a deployment that you have',
].join('; ');

/**
 * @typedef {{ url: string, command?: undefined } | { command: string, url?: undefined }} LivekitServer
 */

/**
 * Finds a server without making one; undefined when there is none.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} kept where set-up keeps the one that it built
 * @returns {LivekitServer | undefined}
 */
export function findLivekitServer(env, kept) {
  const url = env.LIVEKIT_URL?.trim();
  if (url) return { url };
  const installed = findOnPath('livekit-server', env.PATH ?? '');
  if (installed) return { command: installed };
  return existsSync(kept) ? { command: kept } : undefined;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} kept
 * @param {(line: string) => void} say
 */
export async function provideLivekitServer(env, kept, say) {
  if (findLivekitServer(env, kept)) return;
  const installed = findOnPath('go', env.PATH ?? '');
  const toolchain = join(dirname(kept), '..', 'go');
  const go = installed ?? (await provideGo(toolchain, OTHER_WAYS, say, env));
  say(`Building livekit-server ${livekitVersion} with Go (once; takes about three minutes)`);
  // Built aside and renamed: a build that is cut off leaves nothing that looks like a server.
  const folder = join(dirname(kept), '.build');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    const packagePath = `github.com/livekit/livekit-server/cmd/server@${livekitVersion}`;
    const outcome = await run(go, ['install', packagePath], { env: goEnvironment(env, folder) });
    const built = join(folder, process.platform === 'win32' ? 'server.exe' : 'server');
    if (outcome.code !== 0 || !existsSync(built)) {
      const proxy = unreachable(outcome.output, 'its module proxy');
      const way = 'or put a livekit-server on PATH, or set LIVEKIT_URL to a deployment that you have';
      if (proxy) {
        const remedy = `connect to the network or correct GOPROXY, then run this again; ${way}`;
        throw new SetupError(`Go cannot reach ${proxy}, so there is no LiveKit server`, remedy);
      }
      const remedy = `fix what Go reports above, then run this again; ${way}`;
      throw new SetupError('Go could not build livekit-server', remedy, outcome.output);
    }
    renameSync(built, kept);
    // Fetched for this build alone; it takes 300 MB.
    if (!installed) rmSync(toolchain, { recursive: true, force: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A target for another machine, or settings meant for another module, would build the wrong thing. @param {NodeJS.ProcessEnv} env @param {string} folder */
function goEnvironment(env, folder) {
  const { GOOS, GOARCH, GOFLAGS, ...rest } = env;
  return { ...rest, GOBIN: folder };
}

/** @param {string} name @param {string} path */
export function findOnPath(name, path) {
  const names = process.platform === 'win32' ? [`${name}.exe`, name] : [name];
  for (const folder of path.split(delimiter).filter(Boolean)) {
    for (const candidate of names.map((file) => join(folder, file))) {
      if (isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
