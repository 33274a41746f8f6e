// Where the speech model and the certificate's authority are kept.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `.cache` of the clone that this file is in; for an installed package the user's cache folder (XDG_CACHE_HOME). */
export async function cacheFolder(): Promise<string> {
  const parent = fileURLToPath(new URL('../..', import.meta.url));
  if (await isClone(parent)) return join(parent, '.cache');
  const { default: envPaths } = await import('env-paths');
  return envPaths('gemini-live-api', { suffix: '' }).cache;
}

/** The folder of the speech recognition model where none is given. */
export async function defaultModelFolder(): Promise<string> {
  return join(await cacheFolder(), 'models', 'moonshine-tiny-en');
}

/** A clone has this package as a workspace; an installed package lies beside others. */
async function isClone(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  const { workspaces } = JSON.parse(text) as { readonly workspaces?: unknown };
  return Array.isArray(workspaces) && workspaces.includes('live-api') && !folder.includes('node_modules');
}
