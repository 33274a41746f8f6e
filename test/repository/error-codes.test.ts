// Every error in the log has a code, and docs/troubleshooting.md says what to do about it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rootFolder } from '../../scripts/setup/paths.mjs';

const text = (path: string): string => readFileSync(join(rootFolder, path), 'utf8');

const sources = ['agent', 'src'].flatMap((folder) =>
  readdirSync(join(rootFolder, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

/** The first argument of each call that logs an error, with the lines before it, which may define it. */
const logged = sources.flatMap((path) =>
  [...text(path).matchAll(/(?:log|logger)\??\.error\(\s*([^\n]+)/gi)].map((match) => {
    const before = text(path).slice(Math.max(0, match.index - 400), match.index);
    return { path, fields: match[1] ?? '', before };
  }),
);

test('there is something to check', () => expect(logged.length).toBeGreaterThan(20));

test.each(logged)('$path: $fields', ({ fields, before }) => {
  const [, literal] = /code: '(\w+)'/.exec(fields) ?? [];
  if (literal === undefined) {
    // A field of an AgentError, or an object that is built a few lines before.
    expect(fields.includes('code') || /const \w+ = \{\s*code: /.test(before)).toBe(true);
    return;
  }
  expect(text('docs/troubleshooting.md')).toContain(`\`${literal}\``);
});
