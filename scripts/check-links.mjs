// Checks that every relative link in the Markdown files leads to a file, and every anchor to a heading.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markdownFiles } from './check-links/files.mjs';
import { anchorsOf, linksOf } from './check-links/markdown.mjs';

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
const files = markdownFiles(root);
const broken = files.flatMap((file) => brokenLinks(file));
for (const line of broken) console.error(`links: ${line}`);
console.log(`links: ${files.length} files, ${broken.length} broken links`);
if (broken.length > 0) process.exitCode = 1;

/** @param {string} file */
function brokenLinks(file) {
  const text = readFileSync(file, 'utf8');
  return linksOf(text).flatMap(({ target, line }) => {
    const problem = problemOf(file, target);
    return problem ? [`${relative(root, file)}:${line} ${target}: ${problem}`] : [];
  });
}

/** @param {string} file @param {string} target @returns {string | undefined} */
function problemOf(file, target) {
  const [path = '', anchor = ''] = target.split('#');
  const destination = path === '' ? file : join(path.startsWith('/') ? root : dirname(file), decodeURI(path));
  if (!existsSync(destination)) return 'no such file';
  if (anchor === '') return undefined;
  if (statSync(destination).isDirectory() || !destination.endsWith('.md')) return undefined;
  return anchorsOf(readFileSync(destination, 'utf8')).has(anchor.toLowerCase())
    ? undefined
    : 'no such heading';
}
