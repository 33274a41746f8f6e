// Runs a command of the project as a process of its own, as a user does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { builtFile } from './built.js';

export interface CommandRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  /** What it has written so far. */
  readonly stdout: string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<CommandRun>;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** @param source as `cli/talk.ts` */
export async function startCommand(
  source: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<RunningCommand> {
  return startScript(await builtFile(source), args, options);
}

function startScript(
  script: string,
  args: readonly string[],
  { cwd, env = {} }: CommandOptions,
): RunningCommand {
  const { npm_lifecycle_event: _event, NODE_ENV: _mode, ...outer } = process.env;
  const child = spawn(process.execPath, [script, ...args], {
    cwd,
    env: { ...outer, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killed = (): void => void child.kill('SIGKILL');
  process.once('exit', killed);
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text.stdout += more;
  });
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    text.stderr += more;
  });
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    process.removeListener('exit', killed);
    return { code: code ?? null, ...text };
  });
  return {
    get stdout() {
      return text.stdout;
    },
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

export async function runCommand(
  source: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandRun> {
  return (await startCommand(source, args, options)).ended;
}

/** @param script an absolute path */
export async function runScript(
  script: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandRun> {
  return startScript(script, args, options).ended;
}
