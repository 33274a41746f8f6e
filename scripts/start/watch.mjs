// `npm run dev`: builds what was changed and lets a new worker take the place of the running one.
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildTarget, targetHash, targets } from '../setup/build.mjs';
import { lock } from '../setup/lock.mjs';
import { lineOf, SetupError } from '../setup/setup-error.mjs';

/** Polled, because fs.watch misses files that an editor replaces, and reports nothing on some file systems. */
const LOOK_EVERY_MS = 300;
/** Files that a worker reads when it starts. */
const READ_AT_START = ['AGENT_PROFILE', 'AGENT_PROFILES', 'AGENT_MCP'];

/**
 * @typedef {object} WatchOptions
 * @property {string} root
 * @property {import('../setup/paths.mjs').Paths} paths
 * @property {NodeJS.ProcessEnv} env of the worker
 * @property {(line: string) => void} say
 * @property {() => Promise<void>} onChange a new worker is wanted
 * @property {AbortSignal} signal
 */

/** Watches until the signal is aborted. Never rejects: what does not compile is reported, and the worker stays. @param {WatchOptions} options */
export async function watchSources({ root, paths, env, say, onChange, signal }) {
  const target = targets.find(({ name }) => name === 'agent');
  if (!target) return;
  const sources = [...target.sources, ...target.inputs].map((path) => join(root, path));
  const read = READ_AT_START.flatMap((name) => (env[name]?.trim() ? [resolve(root, env[name].trim())] : []));
  const all = [...sources, ...read];
  const version = () => `${targetHash(root, target)} ${stampsOf(read)}`;
  let seen = stampsOf(all);
  let running = version();
  while (await pause(signal)) {
    const now = stampsOf(all);
    if (now === seen) continue;
    // Files are still being written: an editor saves several, git very many.
    if (!(await pause(signal)) || stampsOf(all) !== now) continue;
    seen = now;
    try {
      const wanted = version();
      if (wanted === running) continue;
      const release = await lock(paths.setupLock, () => {});
      try {
        await buildTarget(root, paths.cache, target, say);
      } finally {
        release();
      }
      if (signal.aborted) return;
      running = wanted;
      await onChange();
    } catch (error) {
      if (error instanceof SetupError && error.details) say(error.details.trimEnd());
      say(`dev: ${lineOf(error)}. The worker that runs stays`);
    }
  }
}

/** @param {readonly string[]} paths */
function stampsOf(paths) {
  return paths.flatMap(stampsUnder).join('\n');
}

/** @param {AbortSignal} signal @returns {Promise<boolean>} false when it was aborted */
function pause(signal) {
  return delay(LOOK_EVERY_MS, true, { signal }).catch(() => false);
}

/** Name, size and time of each file. @param {string} path @returns {string[]} */
function stampsUnder(path) {
  try {
    const stat = statSync(path);
    if (!stat.isDirectory()) return [`${path} ${stat.size} ${stat.mtimeMs}`];
    return readdirSync(path).flatMap((name) => stampsUnder(join(path, name)));
  } catch {
    // Deleted since the folder was read.
    return [];
  }
}
