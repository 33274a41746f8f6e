// The link checker: what it takes for a link, for an anchor, and for broken.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { anchorsOf, linksOf } from '../../scripts/check-links/markdown.mjs';
import { rootFolder } from '../../scripts/setup/paths.mjs';

test('finds inline, defined and embedded links, and leaves out code and other sites', () => {
  const text = [
    'See [a](a.md) and [b](<b.md> "title"), not `[c](c.md)`.',
    '[d]: d.md#part',
    '<img src="e.png">',
    '```',
    '[f](f.md)',
    '```',
    '[web](https://example.org) [mail](mailto:a@b.c)',
  ].join('\n');
  expect(linksOf(text)).toEqual([
    { target: 'a.md', line: 1 },
    { target: 'b.md', line: 1 },
    { target: 'd.md#part', line: 2 },
    { target: 'e.png', line: 3 },
  ]);
});

test('makes the anchors that GitHub makes', () => {
  const text =
    '# Two words\n## `npm start`, and more!\n## Two words\n```\n# no heading\n```\n<a id="own"></a>';
  expect([...anchorsOf(text)]).toEqual(['two-words', 'npm-start-and-more', 'two-words-1', 'own']);
});

test('names the file and line of each broken link, and fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'links-'));
  try {
    writeFileSync(
      join(folder, 'a.md'),
      '# Here\n[ok](b.md#there) [ok](#here)\n[gone](c.md)\n[wrong](b.md#nowhere)\n',
    );
    writeFileSync(join(folder, 'b.md'), '# There\n');
    const check = spawnSync(process.execPath, [join(rootFolder, 'scripts/check-links.mjs'), folder], {
      encoding: 'utf8',
    });
    expect(check.status).toBe(1);
    expect(check.stderr.trim().split('\n')).toEqual([
      'links: a.md:3 c.md: no such file',
      'links: a.md:4 b.md#nowhere: no such heading',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
