// Finds the speaker of a transcript: the service's transcripts name no speaker and come up to seconds after the speech.
import { durationMs, isVoice, levelOf, type PcmChunk } from '../audio/pcm.js';
import { type Named, type OtherVoice, VoiceLog } from './voice-log.js';

interface Account<T> {
  readonly who: T;
  /** Mean amplitude times ms of the audio that has not been transcribed yet. */
  untranscribed: number;
  /** Level over the last RECENT_MS. */
  recent: number;
  /** Voice since the end of the last transcript, in ms. */
  voicedMs: number;
  /** When their voice was last heard. */
  atMs: number;
}

/** The loudest participant over about this time is the speaker. */
const RECENT_MS = 300;
/** Sound without a transcript for this long was noise, a cough or music. */
const UNTRANSCRIBED_MS = 10_000;
/** Limit of stored microphones: each republished one gets a new sid. */
const MOST_ACCOUNTS = 50;

const NO_OTHERS: readonly never[] = [];

export class InputTimeline<T extends Named> {
  /** Who spoke when. */
  readonly log = new VoiceLog<T>();
  readonly #accounts = new Map<string, Account<T>>();
  #speaker: T | undefined;
  /** When any voice was last heard. */
  #atMs = 0;

  /** The present or last speaker. */
  get speaker(): T | undefined {
    return this.#speaker;
  }

  /** Makes a participant the speaker independent of their level; for push-to-talk. */
  listenTo(who: T): void {
    this.#speaker = who;
    for (const account of this.#accounts.values()) account.recent = 0;
  }

  /** Audio in which nobody speaks has been sent. */
  silent(chunk: PcmChunk): void {
    this.log.sent(chunk, undefined);
  }

  /** Audio of a participant has been sent. `others` are softer in it. */
  heard(
    who: T,
    chunk: PcmChunk,
    atMs = performance.now(),
    others: readonly OtherVoice<T>[] = NO_OTHERS,
  ): void {
    this.log.sent(chunk, who, others);
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
    // The newest speaker is last, so that the oldest are dropped first.
    this.#accounts.delete(who.sid);
    this.#accounts.set(who.sid, account);
  }

  /** A transcript begins: returns the participant with the most audio that was not transcribed yet. */
  begin(): T | undefined {
    return this.#most('untranscribed')?.who ?? this.#speaker;
  }

  /** Voice of a participant since the end of their last transcript, in ms. */
  voicedMs({ sid }: Pick<T, 'sid'>): number {
    return this.#accounts.get(sid)?.voicedMs ?? 0;
  }

  /** The transcript of a participant's utterance is complete. */
  end({ sid }: Pick<T, 'sid'>): void {
    for (const account of this.#accounts.values()) {
      // Audio of participants who are silent now was part of this transcript, or will not be transcribed.
      if (account.who.sid === sid || this.#atMs - account.atMs > RECENT_MS) account.untranscribed = 0;
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
