// Captions of people and of the agent: published according to the profile, and always added to the ledger.
import { AgentCaptions } from '../lanes/agent-captions.js';
import type { RoomMessages } from '../lanes/room-messages.js';
import { UserCaptions } from '../lanes/user-captions.js';
import type { Profile } from '../profile/profile.js';
import type { RemoteTrack, Voice } from '../room/port.js';
import type { ModelEventOf } from '../session/port.js';
import type { InputTimeline } from '../turns/input-timeline.js';
import type { Ledger } from '../turns/ledger.js';
import type { BridgeReport } from './bridge-report.js';

export interface CaptionsOptions {
  readonly messages: Pick<RoomMessages, 'segment' | 'caption'>;
  readonly profile: Pick<Profile, 'captions'>;
  readonly voice: Pick<Voice, 'trackSid'>;
  readonly ledger: Pick<Ledger, 'reserve' | 'agent' | 'completed' | 'user'>;
  readonly report: Pick<BridgeReport, 'add'>;
  /** The position in the playout that listeners have reached. */
  readonly heard: () => number;
  /** Finds the speaker of a transcript. */
  readonly timeline: InputTimeline<RemoteTrack>;
  /** Speech is reported by the model, so that noise is known to be none. */
  readonly reportsSpeech: boolean;
}

/** Speech of at least so long has words. */
const MIN_SPEECH_MS = 300;
/** An answer's first caption waits at most so long for the words that it answers, in a call whose words are transcribed. */
const WORDS_WITHIN_MS = 2_000;
/** The same before the first transcript of a call: there may be none. */
const FIRST_WORDS_WITHIN_MS = 1_000;

export class Captions {
  readonly agent: AgentCaptions;
  readonly user: UserCaptions;
  readonly #options: Pick<CaptionsOptions, 'profile' | 'timeline' | 'reportsSpeech'>;
  #spokenTurn = 0;
  /** Words have come since the last answer was shown. */
  #hasWords = false;
  /** Speech has been reported since then. */
  #hasSpoken = false;
  /** Whether what people say is transcribed; undefined before they have spoken. */
  #transcribes: boolean | undefined;

  constructor({ messages, profile, voice, ledger, report, heard, timeline, reportsSpeech }: CaptionsOptions) {
    this.#options = { profile, timeline, reportsSpeech };
    this.agent = new AgentCaptions({
      heard,
      holdMs: () => this.#holdMs(),
      segmentOf: (turn) => messages.segment('agent', turn),
      publish: (caption) => {
        if (profile.captions.agent) messages.caption(caption, voice);
      },
      onEnded: (turn) => ledger.reserve(turn),
      onFinal: (turn, text, truncated) => {
        ledger.agent(text, truncated, turn);
        if (text !== '') report.add({ type: 'agent', turn, text });
      },
      onCompleted: (turn, text, added) => {
        ledger.completed(turn, text);
        report.add({ type: 'agent', turn, text: added.trim() });
      },
    });
    let speaker: RemoteTrack | undefined;
    /** Whose words the last caption was. */
    let said: RemoteTrack | undefined;
    this.user = new UserCaptions({
      segmentOf: (utterance) => messages.segment('user', utterance),
      publish: (caption) => {
        // The speaker that is found at the beginning of an utterance applies to all of it.
        speaker ??= timeline.begin();
        const track = speaker;
        said = track;
        if (caption.final) {
          if (track) timeline.end(track);
          speaker = undefined;
        }
        if (!profile.captions.user || !track) return;
        messages.caption(caption, { trackSid: track.sid, identity: track.identity });
      },
      onFinal: (text) => {
        ledger.user(text, this.#spokenTurn);
        report.add({ type: 'user', text, ...(said ? { identity: said.identity } : {}) });
      },
      voicedMs: () => (speaker ? timeline.voicedMs(speaker) : 0),
    });
  }

  /** @param turn the turn that answers the utterance */
  heard(event: ModelEventOf<'input-transcript' | 'input-restarted'>, turn: number): void {
    if (event.type === 'input-transcript') this.#spokenTurn = turn;
    this.user.advance(event.type === 'input-transcript' ? event : { type: 'restarted', text: event.text });
    if (event.type !== 'input-transcript' || event.text.trim() === '') return;
    this.#hasWords = true;
    this.#transcribes = true;
    this.agent.proceed();
  }

  /** Somebody begins to speak. */
  spoke(): void {
    this.#hasSpoken = true;
  }

  /** The next answer is to something that was typed. */
  typed(): void {
    this.#hasWords = true;
  }

  /** Asked once for each answer. What comes after it belongs to the next one. */
  #holdMs(): number {
    const { profile, timeline, reportsSpeech } = this.#options;
    const hasWords = this.#hasWords;
    const isNoise = reportsSpeech && !this.#hasSpoken;
    this.#hasWords = false;
    this.#hasSpoken = false;
    const speaker = timeline.begin();
    if (hasWords || isNoise || !profile.captions.user || !speaker) return 0;
    if (timeline.voicedMs(speaker) < MIN_SPEECH_MS || this.#transcribes === false) return 0;
    if (this.#transcribes) return WORDS_WITHIN_MS;
    // A service that transcribes nothing delays one caption, and no other.
    this.#transcribes = false;
    return FIRST_WORDS_WITHIN_MS;
  }

  /** Sends every final caption that is still due. */
  close(): void {
    this.user.close();
    this.agent.close();
  }
}
