// Builds the project where it is out of date, for tests that run a whole process, and finds what was built.
import { join } from 'node:path';
import { buildPage, buildTarget, targets } from '../../scripts/setup/build.mjs';
import { lock } from '../../scripts/setup/lock.mjs';
import { pathsOf, rootFolder } from '../../scripts/setup/paths.mjs';
import { SetupError } from '../../scripts/setup/setup-error.mjs';

let building: Promise<void> | undefined;

/**
 * @param source as `cli/talk.ts`
 * @returns the absolute path of the JavaScript that it has been built to
 * @throws with the compiler's words when it does not compile
 */
export async function builtFile(source: string): Promise<string> {
  building ??= build();
  await building;
  return join(rootFolder, 'dist', source.replace(/\.ts$/, '.js'));
}

/** @returns the folder of the built web page */
export async function builtPage(): Promise<string> {
  const { setupLock, cache } = pathsOf(rootFolder);
  const release = await lock(setupLock, () => {});
  try {
    await buildPage(rootFolder, cache, () => {});
  } finally {
    release();
  }
  return join(rootFolder, 'web', 'dist');
}

async function build(): Promise<void> {
  const { setupLock, cache } = pathsOf(rootFolder);
  const [agent] = targets;
  if (!agent) throw new Error('set-up builds nothing');
  const quiet = (): void => {};
  // A set-up in another shell builds into the same folder.
  const release = await lock(setupLock, quiet);
  try {
    await buildTarget(rootFolder, cache, agent, quiet);
  } catch (error) {
    if (error instanceof SetupError && error.details) throw new Error(`${error.message}\n${error.details}`);
    throw error;
  } finally {
    release();
  }
}
