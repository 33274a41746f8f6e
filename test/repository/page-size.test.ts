// What a browser loads of the built page before the first call.
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { builtPage } from '../support/built.js';

const MAX_KB = 300;
/** Of a module that is loaded with the one that names it; `import()` comes later. */
const IMPORT = /(?:import|from)\s*["'](\.[^"']+\.js)["']/g;

test(`the page loads less than ${MAX_KB} KB of compressed script before the first call`, async () => {
  const folder = await builtPage();
  const html = await readFile(`${folder}/index.html`, 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, path = '']) => path);
  const sizes = new Map<string, number>();
  const waiting = [...named];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (sizes.has(path)) continue;
    const code = await readFile(`${folder}/${path}`);
    sizes.set(path, gzipSync(code).length);
    for (const [, file = ''] of code.toString().matchAll(IMPORT)) {
      waiting.push(posix.join(posix.dirname(path), file));
    }
  }
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  expect(named.length).toBeGreaterThan(0);
  expect(total / 1_024).toBeGreaterThan(50);
  expect(total / 1_024).toBeLessThan(MAX_KB);
}, 120_000);
