// The command line of `npm run talk`, and the files that it names.
import { access, constants, readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { usageError, wordsOf } from './failure.js';
import { parseWav, type Wav, WavError } from './wav.js';

export const TALK_USAGE = `npm run talk -- FILE.wav [options]

Joins a room, plays the file as a microphone, prints captions and events, and writes the agent's answer.

  --out FILE        where the answer goes (answer.wav)
  --room ROOM       the room to join (a new one)
  --profile FILE    JSON, what the agent is to be in this room
  --agent NAME      the agent to dispatch (AGENT_NAME, else gemini; empty: it comes by itself)
  --wait-ms N       how long to wait for the end of the answer after the file was played (60000)
  --json            one JSON object a line, nothing else, on standard output (npm run --silent talk)

Ends with 0 when at least 200 ms of sound came back since the file began, 1 when not, 2 for wrong usage.
LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET say where; the local server's where unset.`;

export interface TalkArguments {
  readonly help: boolean;
  /** Absolute. */
  readonly file: string;
  /** Absolute. */
  readonly out: string;
  readonly room: string | undefined;
  /** Absolute. */
  readonly profile: string | undefined;
  readonly agentName: string | undefined;
  readonly waitMs: number;
  readonly json: boolean;
}

const MAX_WAIT_MS = 24 * 3_600_000;

/**
 * @param folder what relative paths start from
 * @throws {CliFailure} with exit code 2 for what cannot be understood
 */
export function parseTalkArguments(argv: readonly string[], folder: string): TalkArguments {
  const { values, positionals } = parse(argv);
  const help = values.help ?? false;
  const [file, ...more] = positionals;
  if (!help && file === undefined)
    throw usageError('name the WAV file to play: npm run talk -- question.wav');
  if (more.length > 0) throw usageError(`one file at a time, please: ${more.join(' ')} is too many`);
  if (values.room === '') throw usageError('--room needs a name');
  return {
    help,
    file: resolve(folder, file ?? ''),
    out: resolve(folder, values.out ?? 'answer.wav'),
    room: values.room,
    profile: values.profile === undefined ? undefined : resolve(folder, values.profile),
    agentName: values.agent,
    waitMs: parseWaitMs(values['wait-ms'] ?? '60000'),
    json: values.json ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        room: { type: 'string' },
        profile: { type: 'string' },
        agent: { type: 'string' },
        'wait-ms': { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw usageError(`${wordsOf(error)} (--help lists the options)`);
  }
}

/** @throws {CliFailure} with exit code 2 */
export function parseWaitMs(text: string, option = '--wait-ms'): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= MAX_WAIT_MS) return value;
  throw usageError(`${option} must be whole milliseconds, 1 to ${MAX_WAIT_MS}`);
}

/** @throws {CliFailure} with exit code 2 when the file is not there or is no WAV */
export async function readWavFile(path: string): Promise<Wav> {
  try {
    return parseWav(await readFile(path), basename(path));
  } catch (error) {
    throw error instanceof WavError ? usageError(error.message) : unreadable(path, error);
  }
}

/**
 * The text of a profile file; its content is checked by the agent.
 *
 * @throws {CliFailure} with exit code 2 when it is not there or no JSON object
 */
export async function readProfileFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usageError(`${basename(path)} is no JSON: ${wordsOf(error)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text;
  throw usageError(`${basename(path)} is no profile: it must be a JSON object`);
}

/** @throws {CliFailure} with exit code 2 when the answer could not be written there, or would replace the question */
export async function checkOut(out: string, file: string): Promise<void> {
  if (out === file) throw usageError(`--out ${basename(out)} would replace the file to play: name another`);
  const there = await stat(out).catch(() => undefined);
  if (there?.isDirectory()) throw usageError(`--out ${out} is a folder: name a file in it`);
  try {
    await access(there ? out : dirname(out), constants.W_OK);
  } catch (error) {
    throw usageError(`cannot write ${out}: ${codeOf(error)}`);
  }
}

/** Where relative paths start: npm runs its scripts in the project's folder and says where it was called. */
export function callersFolder(env: NodeJS.ProcessEnv, script: string): string {
  return (env.npm_lifecycle_event === script && env.INIT_CWD) || process.cwd();
}

function unreadable(path: string, error: unknown): Error {
  const code = codeOf(error);
  return usageError(code === 'ENOENT' ? `${path} does not exist` : `cannot read ${path}: ${code}`);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? wordsOf(error);
}
