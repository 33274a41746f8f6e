// Who spoke when, by the position in the stream that the model is sent: ms of audio since the call began.
import { durationMs, isVoice, levelOf, type PcmChunk } from '../audio/pcm.js';

export interface Named {
  /** The key of a speaker. */
  readonly sid: string;
}

/** A person's voice in a stretch of the stream. */
export interface Voice<T> {
  readonly who: T;
  readonly voicedMs: number;
  /** Level times ms: a noise is long, but softer than a voice. */
  readonly weight: number;
  /** What of it is speech, where that is judged (SpeechFinder). */
  readonly speechMs: number;
}

type Sum<T> = { -readonly [K in keyof Voice<T>]: Voice<T>[K] };

/** Another voice in the same chunk. */
export interface OtherVoice<T> {
  readonly who: T;
  readonly level: number;
}

interface Slot<T> {
  readonly fromMs: number;
  readonly voices: Sum<T>[];
}

/** A shorter sound, or one that is softer by more than this, is not why somebody is named beside another. */
const MIN_VOICED_MS = 300;
const MIN_SHARE = 0.25;

/** Judged speech that names somebody: a word, not a cough. */
const MIN_SPEECH_MS = 200;
/** A frame is judged when it comes, and sent up to so much earlier or later. */
const NEAR_MS = 500;

const SLOT_MS = 100;
/** The last minute of voice: no service waits so long with a transcript. */
const MOST_SLOTS = 600;

export class VoiceLog<T extends Named> {
  /** Stretches of SLOT_MS in which somebody spoke, oldest first. */
  readonly #slots: Slot<T>[] = [];
  #positionMs = 0;

  /** How much has been sent. */
  get positionMs(): number {
    return this.#positionMs;
  }

  /** This chunk has been sent. `who`: its speaker, undefined for silence; `others` speak in it as well. */
  sent(chunk: PcmChunk, who: T | undefined, others: readonly OtherVoice<T>[] = []): void {
    const ms = durationMs(chunk);
    if (who) this.#add(who, levelOf(chunk), ms);
    for (const other of others) this.#add(other.who, other.level, ms);
    this.#positionMs += ms;
  }

  /** The people who spoke in a stretch, who was heard most first. */
  voices(fromMs: number, toMs: number): readonly Voice<T>[] {
    const sums = new Map<string, Sum<T>>();
    for (const slot of this.#slots) {
      if (slot.fromMs + SLOT_MS <= fromMs || slot.fromMs >= toMs) continue;
      for (const voice of slot.voices) {
        const sum = sums.get(voice.who.sid);
        if (!sum) sums.set(voice.who.sid, { ...voice });
        else {
          sum.voicedMs += voice.voicedMs;
          sum.weight += voice.weight;
          sum.speechMs += voice.speechMs;
        }
      }
    }
    return [...sums.values()].sort((a, b) => b.weight - a.weight);
  }

  /** Whose voices an utterance in this stretch has: without noises and short sounds of others. */
  speakers(fromMs: number, toMs: number): readonly Voice<T>[] {
    const voices = this.voices(fromMs, toMs);
    const speaking = voices.filter(({ speechMs }) => speechMs >= MIN_SPEECH_MS);
    if (speaking.length > 0) return speaking;
    const least = MIN_SHARE * (voices[0]?.weight ?? 0);
    return voices.filter(
      (voice, index) => index === 0 || (voice.voicedMs >= MIN_VOICED_MS && voice.weight >= least),
    );
  }

  /** What a person has said at a position was speech. */
  speech(who: T, atMs: number, ms: number): void {
    for (let at = this.#slots.length - 1; at >= 0; at -= 1) {
      const slot = this.#slots[at];
      if (!slot || slot.fromMs + NEAR_MS < atMs) return;
      const voice =
        slot.fromMs > atMs + NEAR_MS ? undefined : slot.voices.find((each) => each.who.sid === who.sid);
      if (!voice) continue;
      voice.speechMs += ms;
      return;
    }
  }

  /** When speech began that is followed by no pause of `pauseMs` until a position; the position where nobody spoke. */
  beganMs(pauseMs: number, untilMs: number): number {
    let beganMs = untilMs;
    let isFirst = true;
    for (let at = this.#slots.length - 1; at >= 0; at -= 1) {
      const fromMs = this.#slots[at]?.fromMs ?? 0;
      if (fromMs >= untilMs) continue;
      if (!isFirst && beganMs - (fromMs + SLOT_MS) >= pauseMs) break;
      beganMs = fromMs;
      isFirst = false;
    }
    return beganMs;
  }

  /** Where the first pause of `pauseMs` begins after speech that begins at a position or later; undefined: there is none. */
  pausedMs(pauseMs: number, fromMs: number): number | undefined {
    let spokenUntilMs: number | undefined;
    for (const slot of this.#slots) {
      if (slot.fromMs + SLOT_MS <= fromMs) continue;
      if (spokenUntilMs !== undefined && slot.fromMs - spokenUntilMs >= pauseMs) break;
      spokenUntilMs = slot.fromMs + SLOT_MS;
    }
    const isOver = spokenUntilMs !== undefined && spokenUntilMs < this.voicedUntilMs;
    const endsIn = spokenUntilMs !== undefined && this.#positionMs - spokenUntilMs >= pauseMs;
    return isOver || endsIn ? spokenUntilMs : undefined;
  }

  /** Until when somebody has spoken. */
  get voicedUntilMs(): number {
    const last = this.#slots.at(-1);
    return last ? last.fromMs + SLOT_MS : 0;
  }

  #add(who: T, level: number, ms: number): void {
    if (!isVoice(level)) return;
    const fromMs = Math.floor(this.#positionMs / SLOT_MS) * SLOT_MS;
    let slot = this.#slots.at(-1);
    if (slot?.fromMs !== fromMs) {
      slot = { fromMs, voices: [] };
      this.#slots.push(slot);
      if (this.#slots.length > MOST_SLOTS) this.#slots.shift();
    }
    const voice = slot.voices.find((each) => each.who.sid === who.sid);
    if (!voice) slot.voices.push({ who, voicedMs: ms, weight: level * ms, speechMs: 0 });
    else {
      voice.voicedMs += ms;
      voice.weight += level * ms;
    }
  }
}

/** A person with two microphones is one. */
export function identitiesOf(voices: readonly Voice<{ readonly identity: string }>[]): string[] {
  return [...new Set(voices.map(({ who }) => who.identity))];
}

/** Where the next slot begins: what is logged of the one at this position is from before it. */
export function afterSlot(positionMs: number): number {
  return Math.ceil(positionMs / SLOT_MS) * SLOT_MS;
}
