// The command line of `npm run bench`.
import { parseArgs } from 'node:util';

export interface Options {
  /** Rounds a subject. */
  readonly rounds: number;
  readonly write: boolean;
  readonly mode: 'compare' | 'check' | 'profile' | 'density' | 'capacity';
}

export const DEFAULT_ROUNDS = 60;
const CHECK_ROUNDS = 18;
const DENSITY_ROUNDS = 36;

const ROUNDS: Readonly<Record<Options['mode'], number>> = {
  compare: DEFAULT_ROUNDS,
  check: CHECK_ROUNDS,
  profile: DEFAULT_ROUNDS,
  density: DENSITY_ROUNDS,
  capacity: DEFAULT_ROUNDS,
};
const MODES = ['check', 'profile', 'density', 'capacity'] as const;

export const USAGE = `npm run bench -- [--rounds N] [--write]   compares the agent with a bare loop and the plugin (N: ${DEFAULT_ROUNDS})
npm run bench -- --check [--rounds N]     checks the measurements with a subject that is slow on purpose (N: ${CHECK_ROUNDS})
npm run bench -- --density [--rounds N] [--write]   many calls in one worker, with the agent and with the plugin (N: ${DENSITY_ROUNDS})
npm run bench -- --capacity               as many calls as this machine carries, with each
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
      density: { type: 'boolean', default: false },
      capacity: { type: 'boolean', default: false },
    },
  });
  const { write } = values;
  const modes = MODES.filter((name) => values[name]);
  if (modes.length > 1) throw new Error(`--${modes.join(' and --')} exclude each other`);
  const [mode = 'compare'] = modes;
  if (write && mode !== 'compare' && mode !== 'density')
    throw new Error(`--write and --${mode} exclude each other`);
  const rounds = values.rounds === undefined ? ROUNDS[mode] : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1 on');
  return { rounds, write, mode };
}
