// The environment as the worker will see it: the .env file, with what is set already on top.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function withEnvFile(root, env) {
  const path = join(root, '.env');
  if (!existsSync(path)) return env;
  // Imported late: while set-up installs the packages, dotenv is not there yet.
  const { parse } = await import('dotenv');
  return { ...parse(readFileSync(path)), ...env };
}
