// Finds the built form of a source file, for tests that run a whole process, and refuses one that is out of date.
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * @param source as `cli/talk.ts`
 * @returns the absolute path of the JavaScript
 * @throws when it was not built since a file in its folder, or of `src`, was changed
 */
export function builtFile(source: string): string {
  const stale = sourcesOf(dirname(source)).concat(sourcesOf('src')).find(isStale);
  if (stale) throw new Error(`${stale} is newer than what was built of it: run \`npm run build\``);
  return join(ROOT, 'dist', source.replace(/\.ts$/, '.js'));
}

function sourcesOf(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

function isStale(source: string): boolean {
  const built = statSync(join(ROOT, 'dist', source.replace(/\.ts$/, '.js')), { throwIfNoEntry: false });
  return !built || built.mtimeMs < statSync(join(ROOT, source)).mtimeMs;
}
