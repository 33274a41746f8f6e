// Comments, test titles and documentation are plain technical English (CONTRIBUTING.md).
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rootFolder } from '../../scripts/setup/paths.mjs';
import { wordingFaults } from './wording.js';

const PROSE = /\.(ts|tsx|mjs|js|css|md|py)$/;
/** This list, and the record of earlier versions. */
const EXEMPT = /^(test\/repository\/wording(\.test)?\.ts|CHANGELOG\.md)$/;

test('no file has a word that the rules for prose exclude', () => {
  const { stdout } = spawnSync('git', ['ls-files'], { cwd: rootFolder, encoding: 'utf8' });
  const files = stdout.split('\n').filter((path) => PROSE.test(path) && !EXEMPT.test(path));
  expect(files.length).toBeGreaterThan(500);
  const faults = files.flatMap((path) =>
    wordingFaults(path, readFileSync(join(rootFolder, path), 'utf8')).map(
      ({ line, word }) => `${path}:${line} ${word}`,
    ),
  );
  expect(faults).toEqual([]);
});

test('finds such a word in a comment, a test title and a page, and not in code', () => {
  const code = [
    "const told = 'whoever';",
    '// The room is told when it ends.',
    'close(); // whoever comes',
    ' * It stays for ever.',
    "test('what he is told', () => {});",
  ].join('\n');
  expect(wordingFaults('a.ts', code)).toEqual([
    { line: 2, word: 'is told' },
    { line: 3, word: 'whoever' },
    { line: 4, word: 'for ever' },
    { line: 5, word: 'he' },
    { line: 5, word: 'is told' },
  ]);
  const page = ['A word of the house.', '```', '# whoever', '```', 'Plain.'].join('\n');
  expect(wordingFaults('a.md', page)).toEqual([{ line: 1, word: 'the house' }]);
});
