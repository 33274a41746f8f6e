// Who speaks, and who spoke the words that are transcribed: transcripts come without a name, up to seconds after the words.
import { durationMs, isVoice, levelOf, type PcmChunk } from '../audio/pcm.js';

export interface Named {
  /** Tells one from another. */
  readonly sid: string;
}

interface Account<T> {
  readonly who: T;
  /** Mean amplitude times ms of what has not been transcribed yet. */
  untranscribed: number;
  /** How loud they have been just now. */
  recent: number;
  /** How much of what has not been transcribed to its end is voice, in ms. */
  voicedMs: number;
  /** When their voice was heard last. */
  atMs: number;
}

/** Who was loudest over about so long is who speaks. */
const RECENT_MS = 300;
/** Sound that no transcript has followed for so long was no words: noise, a cough, music. */
const UNTRANSCRIBED_MS = 10_000;
/** Microphones that are remembered: each republished one is another. */
const MOST_ACCOUNTS = 50;

export class InputTimeline<T extends Named> {
  readonly #accounts = new Map<string, Account<T>>();
  #speaker: T | undefined;
  /** When something was heard last. */
  #atMs = 0;

  /** Who speaks, or spoke last. */
  get speaker(): T | undefined {
    return this.#speaker;
  }

  /** Somebody is listened to now, whether or not they speak loudly enough to be noticed. */
  listenTo(who: T): void {
    this.#speaker = who;
    for (const account of this.#accounts.values()) account.recent = 0;
  }

  /** Something of somebody has been sent. */
  heard(who: T, chunk: PcmChunk, atMs = performance.now()): void {
    const level = levelOf(chunk);
    if (!isVoice(level)) return;
    const ms = durationMs(chunk);
    this.#fade(atMs);
    const account = this.#accountOf(who);
    account.untranscribed += level * ms;
    account.recent += level * ms;
    account.voicedMs += ms;
    account.atMs = atMs;
    if (who === this.#speaker || account !== this.#most('recent')) return;
    this.#speaker = who;
    // The newest speaker stands last, so that those who are forgotten are long gone.
    this.#accounts.delete(who.sid);
    this.#accounts.set(who.sid, account);
  }

  /** Somebody's words begin to be transcribed: whose of all who have spoken since has spoken most. */
  begin(): T | undefined {
    return this.#most('untranscribed')?.who ?? this.#speaker;
  }

  /** How long somebody has spoken since their words were last transcribed to the end, in ms. */
  voicedMs({ sid }: T): number {
    return this.#accounts.get(sid)?.voicedMs ?? 0;
  }

  /** They are transcribed to their end. */
  end(who: T): void {
    for (const account of this.#accounts.values()) {
      // Who was silent before that has been transcribed as part of it, or never will be.
      if (account.who.sid === who.sid || this.#atMs - account.atMs > RECENT_MS) account.untranscribed = 0;
      if (account.untranscribed === 0) account.voicedMs = 0;
    }
  }

  #most(what: 'untranscribed' | 'recent'): Account<T> | undefined {
    let most: Account<T> | undefined;
    for (const account of this.#accounts.values()) {
      if (account[what] > (most?.[what] ?? 0)) most = account;
    }
    return most;
  }

  #fade(atMs: number): void {
    const gapMs = atMs - this.#atMs;
    this.#atMs = atMs;
    for (const account of this.#accounts.values()) {
      account.recent *= Math.exp(-gapMs / RECENT_MS);
      account.untranscribed *= Math.exp(-gapMs / UNTRANSCRIBED_MS);
      account.voicedMs *= Math.exp(-gapMs / UNTRANSCRIBED_MS);
    }
  }

  #accountOf(who: T): Account<T> {
    const known = this.#accounts.get(who.sid);
    if (known) return known;
    for (const sid of this.#accounts.keys()) {
      if (this.#accounts.size < MOST_ACCOUNTS) break;
      this.#accounts.delete(sid);
    }
    const account = { who, untranscribed: 0, recent: 0, voicedMs: 0, atMs: 0 };
    this.#accounts.set(who.sid, account);
    return account;
  }
}
