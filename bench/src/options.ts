// The command line of `npm run bench`.
import { parseArgs } from 'node:util';

export interface Options {
  /** Rounds a subject. */
  readonly rounds: number;
  readonly write: boolean;
  readonly mode: 'compare' | 'check' | 'profile';
}

export const DEFAULT_ROUNDS = 60;
const CHECK_ROUNDS = 18;

export const USAGE = `npm run bench -- [--rounds N] [--write]   compares the agent with a bare loop and the plugin (N: ${DEFAULT_ROUNDS})
npm run bench -- --check [--rounds N]     checks the measurements with a subject that is slow on purpose (N: ${CHECK_ROUNDS})
npm run bench -- --profile                shows where the agent spends its time and memory while it talks`;

/** @throws an error that says what is wrong */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      write: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  const { write, check, profile } = values;
  if ([write, check, profile].filter(Boolean).length > 1)
    throw new Error('--write, --check and --profile exclude each other');
  const mode = check ? 'check' : profile ? 'profile' : 'compare';
  const rounds =
    values.rounds === undefined ? (check ? CHECK_ROUNDS : DEFAULT_ROUNDS) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1 on');
  return { rounds, write, mode };
}
