// The LiveKit server that `npm start` runs on this machine, as it has left it in .cache for the other commands.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface LocalLivekit {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** Where nothing was left: a server that was started by hand with livekit.yaml. */
export const FILE_LIVEKIT: LocalLivekit = {
  url: 'ws://127.0.0.1:7880',
  apiKey: 'devkey',
  apiSecret: 'secretsecretsecretsecretsecretsecret',
};

/** The running server's address and key; livekit.yaml's where `npm start` does not run. */
export function runningLivekit(file = keptFile()): LocalLivekit {
  const text = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : '';
  const value = (name: string) => text.match(new RegExp(`^${name}=(.+)$`, 'm'))?.[1];
  const url = value('LIVEKIT_URL');
  const apiKey = value('LIVEKIT_API_KEY');
  const apiSecret = value('LIVEKIT_API_SECRET');
  // What a start left that was killed is no key of a server that runs now.
  const runs = isRunning(Number(value('START_PID')));
  return runs && url && apiKey && apiSecret ? { url, apiKey, apiSecret } : FILE_LIVEKIT;
}

/** .cache/livekit.env of the repository, from the sources as well as from what they are built to. */
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
