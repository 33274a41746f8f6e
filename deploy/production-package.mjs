// Writes the package.json and package-lock.json of an image: what it needs at run time, at the versions of the repository.
//   node deploy/production-package.mjs worker|web FOLDER
// Then `npm ci --omit=peer` in FOLDER installs that alone. Plain npm options do not: `--omit=optional` leaves out the
// native binaries of sharp and rtc-node, and without it the speech of the local Live API comes along.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What the page's server loads; the page itself is bundled. The worker loads the dependencies of the repository.
 * @type {readonly string[]}
 */
export const webDependencies = [
  '@hono/node-server',
  'dotenv',
  'fastest-levenshtein',
  'hono',
  'https-proxy-agent',
  'livekit-server-sdk',
  'proxy-from-env',
  'rate-limiter-flexible',
  'standardwebhooks',
  'zod',
];

/**
 * @typedef {{ version?: string, dependencies?: Record<string, string>, optionalDependencies?: Record<string, string>,
 *   peerDependencies?: Record<string, string>, peerDependenciesMeta?: Record<string, { optional?: boolean }>,
 *   engines?: Record<string, string>, link?: boolean }} LockEntry
 * @typedef {{ lockfileVersion: number, packages: Record<string, LockEntry> }} Lockfile
 */

/**
 * @param {string} root the repository
 * @param {string} image worker or web
 */
export function productionPackage(root, image) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { lockfileVersion, packages } = /** @type {Lockfile} */ (
    JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  );
  const names = namesFor(image, Object.keys(manifest.dependencies));
  const dependencies = Object.fromEntries(
    names.map((name) => [name, versionOf(packages, `node_modules/${name}`)]),
  );
  const { name, version, license, type, engines } = manifest;
  const own = { name, version, license, dependencies, engines };
  return {
    manifest: { ...own, private: true, type },
    lock: {
      name,
      version,
      lockfileVersion,
      requires: true,
      packages: { '': own, ...reached(packages, names) },
    },
  };
}

/** @param {string} image @param {readonly string[]} all */
function namesFor(image, all) {
  // Voice activity detection; the other optional dependencies are those of the local Live API.
  if (image === 'worker') return [...all, 'onnxruntime-node'];
  if (image === 'web') return webDependencies;
  throw new Error(`there is no image ${image}: it is worker or web`);
}

/** @param {Lockfile['packages']} packages @param {string} path */
function versionOf(packages, path) {
  const version = packages[path]?.version;
  if (!version) throw new Error(`package-lock.json has no ${path}: npm install`);
  return version;
}

/**
 * The entries that the named packages need, found as Node finds them.
 * @param {Lockfile['packages']} packages
 * @param {readonly string[]} names
 */
function reached(packages, names) {
  /** @type {Set<string>} */
  const found = new Set();
  const open = names.map((name) => `node_modules/${name}`);
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const { dependencies, optionalDependencies, peerDependencies } = packages[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const next = resolved(packages, path, name);
      if (next) open.push(next);
    }
  }
  return Object.fromEntries([...found].sort().map((path) => [path, packages[path]]));
}

/** @param {Lockfile['packages']} packages @param {string} from @param {string} name @returns {string | undefined} */
function resolved(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === '') return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [image, folder] = process.argv.slice(2);
  if (!image || !folder) throw new Error('node deploy/production-package.mjs worker|web FOLDER');
  const { manifest, lock } = productionPackage(fileURLToPath(new URL('..', import.meta.url)), image);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, 'package-lock.json'), `${JSON.stringify(lock, null, 2)}\n`);
}
