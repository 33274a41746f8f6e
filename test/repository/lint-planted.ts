// Lints files that are planted in a copy of the layout, under the repository's own rules.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootFolder } from '../../scripts/setup/paths.mjs';

export interface Plant {
  readonly path: string;
  readonly content: string;
}

export interface Finding {
  readonly path: string;
  /** As `style/noRestrictedImports`. */
  readonly rule: string;
}

/** What Biome finds; with a rule, only what that one finds. */
export function lintPlanted(plants: readonly Plant[], onlyRule?: string): Finding[] {
  const copy = mkdtempSync(join(tmpdir(), 'planted-'));
  try {
    for (const file of ['biome.json', 'test/no-sleep.grit']) cpSync(join(rootFolder, file), join(copy, file));
    for (const { path, content } of plants) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), content);
    }
    const biome = spawnSync(
      process.execPath,
      [
        join(rootFolder, 'node_modules/@biomejs/biome/bin/biome'),
        'lint',
        ...(onlyRule ? [`--only=${onlyRule}`] : []),
        '--reporter=json',
        '--max-diagnostics=none',
        '.',
      ],
      { cwd: copy, encoding: 'utf8' },
    );
    const report = JSON.parse(biome.stdout) as {
      diagnostics: { category: string; location: { path: string } }[];
    };
    return report.diagnostics.map(({ category, location }) => ({
      path: location.path,
      rule: category.replace(/^lint\//, ''),
    }));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
