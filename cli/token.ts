#!/usr/bin/env node
// `npm run token`: makes an ephemeral token for a client that talks to the Live API directly.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { config } from 'dotenv';
import {
  AgentError,
  EnvironmentError,
  type EphemeralToken,
  MAX_TOKEN_LIFE_MS,
  type ModelAccess,
  mintToken,
  readEnvironment,
  readProfile,
  requireModelAccess,
  type TokenOptions,
} from '../src/index.js';
import { runCommand } from './command.js';
import { CliFailure, EXIT, usageError, wordsOf } from './failure.js';
import { callersFolder, readProfileFile } from './talk-options.js';

const USAGE = `npm run token -- [options]

Makes an ephemeral token and prints its name, which a client uses as its API key (API version v1alpha).

  --uses N            sessions that it opens (1; 0: any number)
  --expires TIME      how long sessions go on with it, as 90s, 30m or 2h (30m)
  --start-within TIME how long new sessions may be opened with it (60s)
  --profile FILE      JSON, the session that it is good for: clients cannot choose another
  --lock WHAT         all: everything is as the profile has it (all); set: only what the profile sets
  --json              one JSON object with the times, on standard output (npm run --silent token)

Ends with 0 when there is a token, 1 when the service refused, 2 for wrong usage.
GOOGLE_API_KEY or GEMINI_API_KEY is the key that it is made with; GOOGLE_GEMINI_BASE_URL another address.`;

const VARIABLES = [
  'GOOGLE_API_KEY',
  'GEMINI_API_KEY',
  'GOOGLE_GEMINI_BASE_URL',
  'GOOGLE_GENAI_USE_VERTEXAI',
  'GOOGLE_CLOUD_PROJECT',
  'GOOGLE_CLOUD_LOCATION',
] as const;

async function main(signal: AbortSignal): Promise<number> {
  config({ quiet: true });
  const values = parse();
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return EXIT.done;
  }
  const uses = parseUses(values.uses ?? '1');
  const expiresInMs = parseTime('--expires', values.expires ?? '30m');
  const startsWithinMs = parseTime('--start-within', values['start-within'] ?? '60s');
  if (startsWithinMs > expiresInMs) throw usageError('--start-within must not be longer than --expires');
  const session = await readSession(values.profile, values.lock);
  const access = readAccess();
  try {
    const token = await mintToken(access, {
      uses,
      expiresInMs,
      startsWithinMs,
      signal,
      ...(session ? { session } : {}),
    });
    process.stdout.write(values.json ? `${JSON.stringify(token)}\n` : `${token.name}\n`);
    if (!values.json) process.stderr.write(`${describe(token)}\n`);
    return EXIT.done;
  } catch (error) {
    if (error instanceof AgentError) throw new CliFailure(error.message);
    throw error;
  }
}

function parse() {
  try {
    return parseArgs({
      options: {
        uses: { type: 'string' },
        expires: { type: 'string' },
        'start-within': { type: 'string' },
        profile: { type: 'string' },
        lock: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw usageError(`${wordsOf(error)} (--help lists the options)`);
  }
}

function parseUses(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw usageError('--uses must be a whole number; 0 means any number');
  return Number(text);
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function parseTime(option: string, text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const ms = Number(digits) * (UNITS_MS[unit] ?? Number.NaN);
  if (ms > 0 && ms <= MAX_TOKEN_LIFE_MS) return ms;
  throw usageError(`${option} must be a time as 90s, 30m or 2h, less than 20h`);
}

async function readSession(file: string | undefined, lock = 'all'): Promise<TokenOptions['session']> {
  if (lock !== 'all' && lock !== 'set') throw usageError('--lock must be all or set');
  if (file === undefined) return undefined;
  const metadata = await readProfileFile(resolve(callersFolder(process.env, 'token'), file));
  // A client of the service runs its functions itself, so tools are not checked against this deployment.
  const checked = readProfile(metadata, undefined, { deployment: 'elsewhere', vertex: false });
  if (checked.ok) return { profile: checked.profile, capabilities: checked.capabilities, lock };
  const problems = checked.problems.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  throw usageError(`the profile is wrong: ${problems.join('; ')}`);
}

function readAccess(): ModelAccess {
  try {
    const environment = readEnvironment(
      Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]])),
    );
    requireModelAccess(environment);
    return environment.google;
  } catch (error) {
    if (error instanceof EnvironmentError) throw usageError(error.message);
    throw error;
  }
}

function describe({ uses, expireTime, newSessionExpireTime, model }: EphemeralToken): string {
  const sessions = uses === 0 ? 'any number of sessions' : `${uses} session${uses === 1 ? '' : 's'}`;
  const locked = model ? `, locked to the profile (${model})` : '';
  return `good for ${sessions} until ${expireTime}, to be opened before ${newSessionExpireTime}${locked}`;
}

await runCommand('token', main);
