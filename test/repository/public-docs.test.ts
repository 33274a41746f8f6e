// Every name that the package exports has a doc comment directly before its declaration.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { rootFolder } from '../../scripts/setup/paths.mjs';

const EXPORT_LIST = /export (?:type )?\{([^}]*)\} from '([^']+)\.js'/g;

/** The exported names of a module that have no doc comment, as `file name`. */
function undocumented(module: string): string[] {
  const text = readFileSync(join(rootFolder, module), 'utf8');
  return [...text.matchAll(EXPORT_LIST)].flatMap(([, names = '', from = '']) => {
    const path = join(dirname(module), `${from}.ts`);
    return names
      .split(',')
      .map((name) => name.replace('type ', '').trim())
      .filter((name) => name !== '' && !isDocumented(readFileSync(join(rootFolder, path), 'utf8'), name))
      .map((name) => `${path} ${name}`);
  });
}

/** A name that a file only passes on (zod's `z`) has its documentation elsewhere. */
function isDocumented(source: string, name: string): boolean {
  const declaration = new RegExp(
    `^export (?:async )?(?:interface|type|class|function|const) ${name}\\b`,
    'm',
  );
  const at = source.search(declaration);
  return at < 0 || source.slice(0, at).trimEnd().endsWith('*/');
}

test.each(['src/index.ts', 'src/protocol/index.ts'])('%s exports nothing without a doc comment', (module) => {
  expect(undocumented(module)).toEqual([]);
});

test('a declaration without a doc comment is found', () => {
  expect(isDocumented('/** What it is. */\nexport type A = 1;\n', 'A')).toBe(true);
  expect(isDocumented('/** Of the other. */\ntype B = 2;\nexport type A = 1;\n', 'A')).toBe(false);
});
