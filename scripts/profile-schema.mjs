// Writes docs/profile.schema.json from the compiled schema; a test says when it has to be run.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const compiled = new URL('dist/src/profile/json-schema.js', root);
const target = fileURLToPath(new URL('docs/profile.schema.json', root));

if (!existsSync(compiled)) {
  console.error('The schema is not compiled: run `npm run build` first.');
  process.exit(1);
}

const { profileJsonSchema } = await import(compiled.href);
writeFileSync(target, `${JSON.stringify(profileJsonSchema(), null, 2)}\n`);
const biome = fileURLToPath(new URL('node_modules/@biomejs/biome/bin/biome', root));
const { status } = spawnSync(process.execPath, [biome, 'format', '--write', target], { stdio: 'inherit' });
process.exit(status ?? 1);
