// Calls pip, whichever way it is there.
import { unreachable } from './network.mjs';
import { run } from './run.mjs';

/** Ways to call pip; the first that is there is used. */
const pips = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];

/** What to do where there is none. */
export const PIP_REMEDY = 'apt-get install python3-pip, or https://pip.pypa.io/en/stable/installation/';

export class NoPipError extends Error {
  constructor() {
    super('there is no pip');
    this.name = 'NoPipError';
  }
}

/**
 * @param {readonly string[]} args
 * @param {string} what that is fetched, for the words of an error
 * @param {NodeJS.ProcessEnv} [env]
 * @throws {NoPipError} when there is no pip
 * @throws {Error} in one line, when pip does not succeed
 */
export async function pip(args, what, env = process.env) {
  for (const [command = '', ...before] of pips) {
    const outcome = await run(command, [...before, ...args], { env });
    if (outcome.code === 0) return;
    if (outcome.missing || /No module named pip/.test(outcome.output)) continue;
    const index = unreachable(outcome.output, 'the package index');
    if (index) throw new Error(`pip cannot reach ${index} to download ${what}`);
    if (/DO NOT MATCH THE HASHES/i.test(outcome.output)) {
      throw new Error(`pip was given another ${what} than the pinned one: its sha256 differs`);
    }
    const reason = outcome.output.match(/^ERROR: (.*)$/m)?.[1] ?? 'no reason given';
    throw new Error(`pip could not download ${what} (${reason})`);
  }
  throw new NoPipError();
}
