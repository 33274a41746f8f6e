// The key of the LiveKit server that `npm start` runs: a new one each start, kept for the other commands to read.
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** @typedef {{ apiKey: string, apiSecret: string }} LocalKey */

/** @returns {LocalKey} */
export function newLocalKey() {
  return { apiKey: 'local', apiSecret: randomBytes(32).toString('base64url') };
}

/** In the form of a .env file, readable by its owner alone. @param {string} path @param {import('./token.mjs').Deployment} deployment */
export function keepLocalLivekit(path, { url, apiKey, apiSecret }) {
  mkdirSync(dirname(path), { recursive: true });
  // An existing file would keep its mode.
  rmSync(path, { force: true });
  const lines = [
    `LIVEKIT_URL=${url}`,
    `LIVEKIT_API_KEY=${apiKey}`,
    `LIVEKIT_API_SECRET=${apiSecret}`,
    `START_PID=${process.pid}`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
}

/** @param {string} path */
export function removeLocalLivekit(path) {
  rmSync(path, { force: true });
}
