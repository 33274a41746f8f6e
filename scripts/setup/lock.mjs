// A lock file: its holder updates its time stamp, and the lock of a dead holder is taken over.
import { randomUUID } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from './setup-error.mjs';

const TOUCH_EVERY_MS = 2_000;
/** Older than this, the holder is dead even where a process of that number lives (pids are used again). */
const STALE_AFTER_MS = 30_000;
const POLL_EVERY_MS = 200;

/** @typedef {{ pid: number, host: string, id: string }} Holder */

/**
 * Takes the lock at once, or says who holds it.
 * @param {string} path
 * @returns {{ release: () => void, heldBy?: undefined } | { heldBy: Holder, release?: undefined }}
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const own = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  for (;;) {
    if (create(path, own)) return { release: keepAlive(path, own) };
    const text = readText(path);
    if (text === undefined) continue;
    const holder = parse(text);
    if (holder && isAlive(path, holder)) return { heldBy: holder };
    discard(path, text);
  }
}

/**
 * Waits for the lock as long as its holder lives.
 * @param {string} path
 * @param {(holder: Holder) => void} onWait called once, when another process holds it
 * @returns {Promise<() => void>} releases the lock
 */
export async function lock(path, onWait) {
  let notified = false;
  for (;;) {
    const attempt = tryLock(path);
    if (attempt.release) return attempt.release;
    if (!notified) onWait(attempt.heldBy);
    notified = true;
    await delay(POLL_EVERY_MS);
  }
}

/** @param {string} path @param {string} own */
function create(path, own) {
  // Written to another name and linked, so that no process reads an empty lock.
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, own);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @param {string} path @param {string} own */
function keepAlive(path, own) {
  const timer = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }, TOUCH_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (readText(path) === own) rmSync(path, { force: true });
  };
}

/** @param {string} path @param {string} seen */
function discard(path, seen) {
  const grave = `${path}.${randomUUID()}`;
  try {
    renameSync(path, grave);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  // Between our look and our move another process may have taken it over: then give it back.
  try {
    if (readText(grave) !== seen) linkSync(grave, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(grave, { force: true });
  }
}

/** @param {string} path @param {Holder} holder */
function isAlive(path, holder) {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - touched > STALE_AFTER_MS) return false;
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** @param {string} text @returns {Holder | undefined} */
function parse(text) {
  try {
    const { pid, host, id } = JSON.parse(text);
    return Number.isInteger(pid) && pid > 0 ? { pid, host: String(host), id: String(id) } : undefined;
  } catch {
    return undefined;
  }
}
