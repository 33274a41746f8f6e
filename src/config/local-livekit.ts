// Address and key of the LiveKit server that `npm start` runs, read from .cache for the other commands.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface LocalLivekit {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** The default without that file: a server that was started manually with livekit.yaml. */
export const FILE_LIVEKIT: LocalLivekit = {
  url: 'ws://127.0.0.1:7880',
  apiKey: 'devkey',
  apiSecret: 'secretsecretsecretsecretsecretsecret',
};

/** The running server's address and key; those of livekit.yaml if `npm start` does not run. */
export function runningLivekit(file = keptFile()): LocalLivekit {
  const text = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : '';
  const value = (name: string) => text.match(new RegExp(`^${name}=(.+)$`, 'm'))?.[1];
  const url = value('LIVEKIT_URL');
  const apiKey = value('LIVEKIT_API_KEY');
  const apiSecret = value('LIVEKIT_API_SECRET');
  // The file of an `npm start` that was killed holds the key of a server that no longer runs.
  const runs = isRunning(Number(value('START_PID')));
  return runs && url && apiKey && apiSecret ? { url, apiKey, apiSecret } : FILE_LIVEKIT;
}

/** .cache/livekit.env of the repository; this file may run from src or from dist. */
function keptFile(): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'livekit.yaml'))) return join(folder, '.cache', 'livekit.env');
    if (dirname(folder) === folder) return undefined;
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
