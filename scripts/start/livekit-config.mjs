// What `npm start` needs to know of livekit.yaml: the ports and the first key.
import { readFileSync } from 'node:fs';
import { SetupError } from '../setup/setup-error.mjs';

/**
 * Reads only the lines that are needed here; the server parses the whole file.
 * @param {string} path
 * @returns {{ port: number, udpPort: number | undefined, apiKey: string, apiSecret: string }}
 */
export function readLivekitConfig(path) {
  const text = readFileSync(path, 'utf8');
  const port = Number(text.match(/^port:\s*(\d+)/m)?.[1]);
  const udpPort = text.match(/^\s+udp_port:\s*(\d+)/m)?.[1];
  const [, apiKey, apiSecret] = text.match(/^keys:\s*\n\s+([^\s:#]+):\s*["']?([^\s"'#]+)/m) ?? [];
  if (!port || !apiKey || !apiSecret) {
    throw new SetupError(
      `${path} does not name its port and keys as plain lines`,
      'write `port: 7880` and `keys:` with one `name: secret` line below it, or set LIVEKIT_URL',
    );
  }
  return { port, udpPort: udpPort === undefined ? undefined : Number(udpPort), apiKey, apiSecret };
}
