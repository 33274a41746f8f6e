// Scenarios as files: YAML, or JSON where the name ends so.
import { readFile } from 'node:fs/promises';
import { readScenario, type Scenario } from './schema.js';

/** Rejects with a TypeError that says what is wrong with the file and where. */
export async function readScenarioFile(path: string): Promise<Scenario> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new TypeError(`${path} cannot be read: ${firstLine(error)}`, { cause: error });
  }
  try {
    return readScenario(path.endsWith('.json') ? JSON.parse(text) : await parseYaml(text));
  } catch (error) {
    throw new TypeError(`${path}: ${firstLine(error)}`, { cause: error });
  }
}

/** Throws what the parser says, with line and column. */
export async function parseYaml(text: string): Promise<unknown> {
  const { parse } = await import('yaml'); // a server without YAML does without the parser
  return parse(text, { prettyErrors: true });
}

const firstLine = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.replace(/:$/, '') ?? '';
