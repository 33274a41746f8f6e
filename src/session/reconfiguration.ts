// A profile that is changed in mid-session: what connections are opened with, and what is undone when the service refuses it.
import type { Profile } from '../profile/profile.js';
import type { Verdict } from './close-reason.js';
import type { ProfileChange } from './port.js';

/** A change that the service has not refused by then is not what it refuses later. */
const PROVED_AFTER_MS = 15_000;

interface Unproved {
  readonly change: ProfileChange;
  /** What held before it; undefined: what the call began with. */
  readonly before: Profile | undefined;
}

export class Reconfiguration {
  #profile: Profile | undefined;
  #unproved: Unproved[] = [];
  #sinceMs = 0;
  #waits = false;

  /** The connection that is there, or being made, was set up for an earlier profile. */
  get waits(): boolean {
    return this.#waits;
  }

  /** `inSession`: the session that is open is told of it. */
  change(change: ProfileChange, inSession: boolean, nowMs: number): void {
    if (nowMs - this.#sinceMs > PROVED_AFTER_MS) this.#unproved = [];
    this.#unproved.push({ change, before: this.#profile });
    this.#sinceMs = nowMs;
    this.#profile = change.profile;
    if (!inSession) this.#waits = true;
  }

  /** For a connection that is about to be opened. */
  opening(nowMs: number): { readonly profile?: Profile } {
    this.#waits = false;
    if (this.#unproved.length > 0) this.#sinceMs = nowMs;
    return this.#profile ? { profile: this.#profile } : {};
  }

  /** Goes back to the profile that held before, when that is what an end most likely speaks of. */
  refused(verdict: Verdict, nowMs: number): boolean {
    const isRefusal = verdict === 'refusal' || verdict === 'doubted' || verdict === 'handle-refused';
    if (!isRefusal || this.#unproved.length === 0 || nowMs - this.#sinceMs > PROVED_AFTER_MS) return false;
    for (const { before, change } of this.#unproved.reverse()) {
      this.#profile = before;
      change.onRefused();
    }
    this.#unproved = [];
    this.#waits = false;
    return true;
  }
}
