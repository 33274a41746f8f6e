// Step 1: node_modules is what package-lock.json says, or `npm ci` makes it so.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unreachable } from '../../live-api/setup/network.mjs';
import { run } from '../../live-api/setup/run.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {{ version?: string, integrity?: string, link?: boolean, resolved?: string, optional?: boolean,
 *   os?: string[], cpu?: string[], libc?: string[], dependencies?: Record<string, string>,
 *   devDependencies?: Record<string, string>, name?: string }} LockEntry
 * @typedef {{ packages?: Record<string, LockEntry> }} Lockfile
 * @typedef {{ platform: string, arch: string, libc: () => string }} Host
 */

/** @type {Host} */
export const thisHost = {
  platform: process.platform,
  arch: process.arch,
  // A report costs up to a second where addresses have no names: asked only when the answer matters.
  libc: () => {
    const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
    return report.header?.glibcVersionRuntime ? 'glibc' : 'musl';
  },
};

/**
 * The first package that keeps the installed tree from being what the lockfile says; undefined when none does.
 * @param {Lockfile} lock package-lock.json
 * @param {Lockfile | undefined} installed node_modules/.package-lock.json, which npm writes last of all
 * @param {Host} host
 */
export function firstDifference(lock, installed, host) {
  if (!installed) return 'node_modules';
  const wanted = lock.packages ?? {};
  const present = installed.packages ?? {};
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const there = present[path];
    if (!there) {
      if (isNeeded(entry, host)) return path;
    } else if (there.version !== entry.version || there.integrity !== entry.integrity) {
      return path;
    }
  }
  return Object.keys(present).find((path) => !wanted[path]);
}

/** An optional package is needed only where its platform is named and is ours. @param {LockEntry} entry @param {Host} host */
function isNeeded(entry, host) {
  if (!entry.optional) return true;
  if (!entry.os && !entry.cpu) return false;
  return (
    (entry.os?.includes(host.platform) ?? true) &&
    (entry.cpu?.includes(host.arch) ?? true) &&
    (entry.libc?.includes(host.libc()) ?? true)
  );
}

/** Two retries, after 1 and 10 s: with its default npm prints nothing for over a minute without a network. */
const retries = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=10000'];

/**
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function installModules(root, say) {
  const lock = readJson(join(root, 'package-lock.json'));
  if (!lock) throw new SetupError('package-lock.json is missing', 'git checkout package-lock.json');
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (firstDifference(lock, installed, thisHost) === undefined) return;
  say('Installing packages (npm ci)');
  // No package here needs its install script, and some of them fetch things from elsewhere. The variable
  // keeps onnxruntime-node from doing so also where a user's npm settings turn scripts on again.
  const { command, args } = npmCommand();
  const outcome = await run(
    command,
    [...args, 'ci', '--ignore-scripts', '--include=dev', '--include=optional', ...retries],
    {
      cwd: root,
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    },
  );
  if (outcome.code === 0) return;
  if (outcome.missing) throw new SetupError('npm is missing', 'install Node with npm: https://nodejs.org');
  const registry = unreachable(outcome.output, 'the package registry');
  if (registry) {
    throw new SetupError(
      `npm cannot reach ${registry}, so the packages are not installed`,
      'connect to the network or correct `npm config get registry`, then run this again',
    );
  }
  throw new SetupError('npm could not install the packages', 'npm ci', outcome.output);
}

/** npm itself where it runs us (also where it is not on PATH), else the one on PATH. */
function npmCommand() {
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('npm-cli.js') && existsSync(npm)) return { command: process.execPath, args: [npm] };
  return { command: 'npm', args: [] };
}

/** @param {string} path @returns {Lockfile | undefined} */
function readJson(path) {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
