// Where things are: the repository and its cache. Everything that set-up makes lies in .cache, dist and node_modules.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const rootFolder = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');

/** @param {string} root */
export function pathsOf(root) {
  const cache = join(root, '.cache');
  return {
    root,
    cache,
    setupLock: join(cache, 'setup.lock'),
    startLock: join(cache, 'start.lock'),
    localLivekit: join(cache, 'livekit.env'),
    livekitServer: join(cache, 'bin', process.platform === 'win32' ? 'livekit-server.exe' : 'livekit-server'),
    speechModel: join(cache, 'models', 'moonshine-tiny-en'),
  };
}

/** @typedef {ReturnType<typeof pathsOf>} Paths */
