// Reads a JSON file that a variable of the environment names.
import { readFileSync } from 'node:fs';
import { EnvironmentError } from './environment.js';

/** @throws EnvironmentError that names the variable, where the file cannot be read or is not JSON */
export function readJsonFile(name: string, path: string): unknown {
  const fail = (message: string): never => {
    throw new EnvironmentError([{ name, message }]);
  };
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    fail(`names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    return JSON.parse(text);
  } catch {
    return fail('names a file that is not JSON');
  }
}
