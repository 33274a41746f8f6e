// Step 2: builds dist/ where the sources have changed. A stamp contains their hash, so that nothing is built twice.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { copyVadModel } from '../../live-api/setup/copy-vad-model.mjs';
import { run } from '../../live-api/setup/run.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {{ name: string, config: string, sources: string[], from: string, out: string, inputs: string[] }} Target
 *   sources: folders with TypeScript; from: what out mirrors; inputs: other files that the output depends on.
 */

/** @type {readonly Target[]} */
export const targets = [
  {
    name: 'agent',
    config: 'tsconfig.build.json',
    sources: ['agent', 'src', 'cli', 'web/server'],
    from: '.',
    out: 'dist',
    inputs: ['tsconfig.build.json', 'tsconfig.base.json', 'package.json', 'package-lock.json'],
  },
  {
    name: 'live-api',
    config: 'live-api/tsconfig.json',
    sources: ['live-api/src'],
    from: 'live-api/src',
    out: 'live-api/dist',
    inputs: ['live-api/tsconfig.json', 'tsconfig.base.json', 'live-api/package.json', 'package-lock.json'],
  },
];

/** @param {string} root @param {string} cache @param {(line: string) => void} say */
export async function buildAll(root, cache, say) {
  // One after the other: the compiler uses every core by itself.
  for (const target of targets) await buildTarget(root, cache, target, say);
  // An image without development packages has no other copy of the model.
  copyVadModel(join(root, 'dist', MODELS));
  await buildPage(root, cache, say);
}

/** The folder in dist/ that is copied, not compiled. */
const MODELS = 'models';

/** The web page: everything that it is bundled from. */
const page = {
  folders: ['web/src', 'web/public', 'src/protocol', 'examples/profiles'],
  files: [
    'web/index.html',
    'web/vite.config.ts',
    'web/package.json',
    'docs/profile.schema.json',
    'package-lock.json',
  ],
};

/** Bundles the page into web/dist where it is out of date. @param {string} root @param {string} cache @param {(line: string) => void} say */
export async function buildPage(root, cache, say) {
  const sources = page.folders.flatMap((folder) => filesUnder(join(root, folder)));
  const hash = hashFiles([...sources, ...page.files.map((file) => join(root, file))], root);
  const stamp = join(cache, 'build', 'page.sha256');
  if (readStamp(stamp) === hash && existsSync(join(root, 'web/dist/index.html'))) return;
  say('Building the web page');
  rmSync(stamp, { force: true });
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const outcome = await run(process.execPath, [vite, 'build', 'web', '--logLevel', 'warn'], { cwd: root });
  if (outcome.code !== 0) {
    const remedy = 'correct what is named above, then npm run build';
    throw new SetupError('the web page does not build', remedy, outcome.output);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

/** @param {string} root @param {string} cache @param {Target} target @param {(line: string) => void} say */
export async function buildTarget(root, cache, target, say) {
  const sources = sourcesOf(root, target);
  const hash = targetHash(root, target);
  const stamp = join(cache, 'build', `${target.name}.sha256`);
  const outputs = sources.map((source) =>
    join(root, target.out, relative(join(root, target.from), source)).replace(/\.ts$/, '.js'),
  );
  removeStale(join(root, target.out), new Set(outputs));
  if (readStamp(stamp) === hash && outputs.every((output) => existsSync(output))) return;
  say(`Building ${target.name}`);
  rmSync(stamp, { force: true });
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const outcome = await run(process.execPath, [compiler, '-p', target.config], { cwd: root });
  if (outcome.code !== 0) {
    throw new SetupError(
      `${target.name} does not compile`,
      'fix what the compiler reports above, then npm run build',
      outcome.output,
    );
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

/** The hash of what a target is built from. @param {string} root @param {Target} target */
export function targetHash(root, target) {
  return hashFiles([...sourcesOf(root, target), ...target.inputs.map((input) => join(root, input))], root);
}

/** @param {string} root @param {Target} target */
function sourcesOf(root, target) {
  return target.sources.flatMap((folder) => filesUnder(join(root, folder))).filter(isSource);
}

/** @param {string} path */
function isSource(path) {
  return path.endsWith('.ts') && !path.endsWith('.d.ts');
}

/**
 * A hash of names and contents, the same wherever the repository lies.
 * @param {readonly string[]} files
 * @param {string} root
 */
export function hashFiles(files, root) {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** What a deleted source left behind would still be found by an import. @param {string} folder @param {Set<string>} outputs */
function removeStale(folder, outputs) {
  for (const file of filesUnder(folder)) {
    if (relative(folder, file).startsWith(join(MODELS, sep))) continue;
    const script = file.replace(/(\.js\.map|\.d\.ts\.map|\.d\.ts)$/, '.js');
    if (!outputs.has(script)) rmSync(file);
  }
  removeEmptyFolders(folder);
}

/** @param {string} folder */
function removeEmptyFolders(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/** @param {string} folder @returns {string[]} */
function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

/** @param {string} path */
function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
