// Changes of the profile during a session: which profile connections are opened with, and the way back after a refusal.
import type { Profile } from '../profile/profile.js';
import type { Verdict } from './close-reason.js';
import type { ProfileChange } from './port.js';

/** A refusal that comes later than this after a change is not caused by the change. */
const ACCEPTED_AFTER_MS = 15_000;

interface PendingChange {
  readonly change: ProfileChange;
  /** The profile before the change; undefined: the one that the call began with. */
  readonly before: Profile | undefined;
}

export class Reconfiguration {
  #profile: Profile | undefined;
  #pending: PendingChange[] = [];
  #sinceMs = 0;
  #waits = false;

  /** Whether the connection that is open or being opened was set up for an earlier profile. */
  get waits(): boolean {
    return this.#waits;
  }

  /** `inSession`: the change is sent to the open session as an update. */
  change(change: ProfileChange, inSession: boolean, nowMs: number): void {
    if (nowMs - this.#sinceMs > ACCEPTED_AFTER_MS) this.#pending = [];
    this.#pending.push({ change, before: this.#profile });
    this.#sinceMs = nowMs;
    this.#profile = change.profile;
    if (!inSession) this.#waits = true;
  }

  /** Returns the profile for a connection that is about to be opened. */
  opening(nowMs: number): { readonly profile?: Profile } {
    this.#waits = false;
    if (this.#pending.length > 0) this.#sinceMs = nowMs;
    return this.#profile ? { profile: this.#profile } : {};
  }

  /** Restores the earlier profile when the change is the likely cause of a close; returns whether it did. */
  refused(verdict: Verdict, nowMs: number): boolean {
    const isRefusal = verdict === 'refusal' || verdict === 'unconfirmed' || verdict === 'handle-refused';
    if (!isRefusal || this.#pending.length === 0 || nowMs - this.#sinceMs > ACCEPTED_AFTER_MS) return false;
    for (const { before, change } of this.#pending.reverse()) {
      this.#profile = before;
      change.onRefused();
    }
    this.#pending = [];
    this.#waits = false;
    return true;
  }
}
