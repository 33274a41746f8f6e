// Ends the services when `npm start` is killed and cannot stop them itself.
// Reads a line for each process group on stdin: +123 started, -123 ended. The end of stdin is the sign.
import { createInterface } from 'node:readline';

const GRACE_MS = 5_000;

/** @type {Set<number>} */
const groups = new Set();

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const group = Number(line.slice(1));
    if (!Number.isInteger(group) || group <= 1) return;
    if (line.startsWith('+')) groups.add(group);
    else groups.delete(group);
  })
  .on('close', () => {
    // The worker came last and goes first, while the server that it takes leave of is still there.
    for (const group of [...groups].reverse()) signal(group, 'SIGTERM');
    if (groups.size === 0) return;
    setTimeout(() => {
      for (const group of groups) signal(group, 'SIGKILL');
    }, GRACE_MS);
  });

/** @param {number} group @param {NodeJS.Signals} name */
function signal(group, name) {
  try {
    process.kill(-group, name);
  } catch {
    groups.delete(group);
  }
}
