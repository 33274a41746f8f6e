// Records which browser got an identity: joining under the identity of another participant would disconnect them.
import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

const COOKIE = 'gemini-room-owner';
const COOKIE_SECONDS = 30 * 24 * 3_600;
/** The oldest are forgotten beyond this. */
const MAX_ENTRIES = 10_000;

/** Identifies the browser by a cookie of this server; a client without cookies counts as new each time. */
export function ownerOf(context: Context): string {
  const known = getCookie(context, COOKIE);
  if (known && /^[\w-]{22}$/.test(known)) return known;
  const fresh = randomBytes(16).toString('base64url');
  setCookie(context, COOKIE, fresh, {
    httpOnly: true,
    sameSite: 'Strict',
    path: '/api',
    maxAge: COOKIE_SECONDS,
  });
  return fresh;
}

interface Entry {
  readonly owner: string;
  readonly untilMs: number;
}

export class IdentityOwners {
  readonly #entries = new Map<string, Entry>();

  /** Whether another browser got this identity for this room and can still join with it. */
  isOthers(room: string, identity: string, owner: string, nowMs = Date.now()): boolean {
    const entry = this.#entries.get(key(room, identity));
    return entry !== undefined && entry.owner !== owner && entry.untilMs > nowMs;
  }

  isOwn(room: string, identity: string, owner: string): boolean {
    return this.#entries.get(key(room, identity))?.owner === owner;
  }

  give(room: string, identity: string, owner: string, untilMs: number): void {
    const at = key(room, identity);
    this.#entries.delete(at);
    this.#entries.set(at, { owner, untilMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) break;
      this.#entries.delete(oldest);
    }
  }
}

function key(room: string, identity: string): string {
  return JSON.stringify([room, identity]);
}
