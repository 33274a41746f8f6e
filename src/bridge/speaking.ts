// Who speaks, by what was sent: for `speech` events and `get_state`.
import type { RemoteTrack } from '../room/port.js';
import type { InputTimeline } from '../turns/input-timeline.js';
import { identitiesOf } from '../turns/voice-log.js';

/** The participants of a `speech` event. */
export interface Speaking {
  readonly participant: string;
  /** Where several spoke in the same utterance. */
  readonly participants?: string[];
}

/** A service reports speech at most so long after it began. */
const REPORTED_WITHIN_MS = 500;
/** A pause of this length ends what somebody says. */
const PAUSE_MS = 1_200;

export class SpeakingPeople {
  readonly #timeline: InputTimeline<RemoteTrack>;
  /** Who spoke when the service reported the beginning of speech, and since which position. */
  #began: { readonly participant: string | undefined; readonly sinceMs: number } | undefined;

  constructor(timeline: InputTimeline<RemoteTrack>) {
    this.#timeline = timeline;
  }

  /** To whom the service's report of speech applies. */
  report(phase: 'started' | 'ended'): Speaking | undefined {
    const { log, speaker } = this.#timeline;
    const now = speaker?.identity;
    if (phase === 'started') this.#began = { participant: now, sinceMs: log.positionMs - REPORTED_WITHIN_MS };
    const participant = this.#began?.participant ?? now;
    if (participant === undefined) return undefined;
    const { sinceMs = log.positionMs } = this.#began ?? {};
    const identities = phase === 'started' ? [] : identitiesOf(log.speakers(sinceMs, log.positionMs));
    return { participant, ...(identities.length > 1 ? { participants: identities } : {}) };
  }

  /** Who speaks or spoke last, who was heard most first: several where they spoke at once or without a pause between them. */
  get last(): readonly string[] {
    const { log, speaker } = this.#timeline;
    const { voicedUntilMs } = log;
    const identities = identitiesOf(log.speakers(log.beganMs(PAUSE_MS, voicedUntilMs), voicedUntilMs));
    return identities.length > 0 || !speaker ? identities : [speaker.identity];
  }
}
