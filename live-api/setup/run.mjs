// Runs a command, keeps its output for the case that it fails, and takes it along when set-up is stopped.
import { spawn } from 'node:child_process';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * @typedef {{ code: number | null, output: string, missing: boolean }} Outcome
 *   missing: there is no such command; output: stdout and stderr in the order they came.
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<Outcome>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', (error) => {
      running.delete(child);
      resolve({ code: null, output: error.message, missing: 'code' in error && error.code === 'ENOENT' });
    });
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, output, missing: false });
    });
  });
}

/** Ends what still runs, so that no build goes on after set-up was stopped. */
export function stopRunning() {
  for (const child of running) child.kill('SIGTERM');
}
