// Captions of people and of the agent: published according to the profile, and always added to the ledger.
import { AgentCaptions } from '../lanes/agent-captions.js';
import type { RoomMessages } from '../lanes/room-messages.js';
import { UserCaptions } from '../lanes/user-captions.js';
import type { Profile } from '../profile/profile.js';
import type { RemoteTrack, Voice } from '../room/port.js';
import type { ModelEventOf } from '../session/port.js';
import type { Caption } from '../turns/caption.js';
import type { InputTimeline } from '../turns/input-timeline.js';
import type { Ledger } from '../turns/ledger.js';
import { WordSpeakers } from '../turns/word-speakers.js';
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
  /** Who may have spoken where no voice was heard here: to the process that had the call before. */
  readonly people: () => readonly Speaker[];
  /** Speech is reported by the model, so that noise is known to be none. */
  readonly reportsSpeech: boolean;
}

/** `sid` is '' where there is no microphone. */
type Speaker = Pick<RemoteTrack, 'sid' | 'identity'>;

/** Speech of at least so long has words. */
const MIN_SPEECH_MS = 300;
/** An answer's first caption waits at most so long for the words that it answers, in a call whose words are transcribed. */
const WORDS_WITHIN_MS = 2_000;
/** The same before the first transcript of a call: there may be none. */
const FIRST_WORDS_WITHIN_MS = 1_000;

interface SpokenCaption {
  readonly segment: string;
  readonly track: Speaker | undefined;
  /** Who was heard most comes first. */
  speakers: readonly Speaker[];
  text: string;
  final: boolean;
}

export class Captions {
  readonly agent: AgentCaptions;
  readonly user: UserCaptions;
  readonly #options: Omit<CaptionsOptions, 'voice' | 'heard'>;
  readonly #words: WordSpeakers<RemoteTrack>;
  /** The present utterance's captions: one for each change of the speaker. */
  #open: SpokenCaption[] = [];
  /** The number of the last segment of a person. */
  #segments = 0;
  #spokenTurn = 0;
  /** Words have come since the last answer was shown. */
  #hasWords = false;
  /** Speech has been reported since then. */
  #hasSpoken = false;
  /** Whether what people say is transcribed; undefined before they have spoken. */
  #transcribes: boolean | undefined;

  constructor(options: CaptionsOptions) {
    const { messages, profile, voice, ledger, report, heard, timeline, reportsSpeech } = options;
    this.#options = options;
    this.#words = new WordSpeakers({ log: timeline.log, reportsSpeech });
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
    this.user = new UserCaptions({
      publish: (caption) => this.#publish(caption),
      onFinal: (text) => ledger.user(text, this.#spokenTurn),
      voicedMs: () => this.#voicedMs(),
    });
  }

  /** @param turn the turn that answers the utterance */
  heard(event: ModelEventOf<'input-transcript' | 'input-restarted'>, turn: number): void {
    if (event.type === 'input-transcript') {
      this.#spokenTurn = turn;
      this.#words.add(event);
    } else {
      this.#words.restart();
    }
    this.user.advance(event.type === 'input-transcript' ? event : { type: 'restarted', text: event.text });
    if (event.type !== 'input-transcript' || event.text.trim() === '') return;
    this.#hasWords = true;
    this.#transcribes = true;
    this.agent.proceed();
  }

  /** Somebody begins to speak, at this offset of the service's clock. */
  spoke(offsetMs?: number): void {
    this.#hasSpoken = true;
    this.#words.started(offsetMs);
  }

  /** The next answer is to something that was typed. */
  typed(): void {
    this.#hasWords = true;
  }

  /** An utterance may become several segments: they are numbered when they are shown. */
  #publish({ text, final }: Pick<Caption, 'text' | 'final'>): void {
    const pieces = this.#words.split(text);
    pieces.forEach((piece, index) => {
      const isFinal = final || index < pieces.length - 1;
      const caption = this.#open[index] ?? this.#newCaption(piece.speakers);
      this.#open[index] = caption;
      caption.text = piece.text;
      if (piece.speakers.length > 0) caption.speakers = piece.speakers;
      this.#show(caption, isFinal);
    });
    if (!final) return;
    // A repeated utterance may have fewer parts than were shown of it.
    for (const caption of this.#open) this.#show(caption, true);
    for (const { track } of this.#open) if (track) this.#options.timeline.end(track);
    this.#open = [];
    this.#words.end();
  }

  #newCaption(heard: readonly RemoteTrack[]): SpokenCaption {
    this.#segments += 1;
    const { messages, timeline, people } = this.#options;
    const segment = messages.segment('user', this.#segments);
    const last = heard[0] ?? timeline.begin();
    const speakers = last ? heard : people();
    return { segment, track: last ?? speakers[0], speakers, text: '', final: false };
  }

  /** A caption bears the name under which it was shown first, and the names of all who may have said it. */
  #show(caption: SpokenCaption, final: boolean): void {
    if (caption.final) return;
    caption.final = final;
    const { segment, track, text } = caption;
    const { profile, messages, report } = this.#options;
    const identities = [...new Set(caption.speakers.map(({ identity }) => identity))];
    const several = identities.length > 1 ? identities : undefined;
    if (final)
      report.add({
        type: 'user',
        text,
        turn: this.#spokenTurn,
        ...(track ? { identity: track.identity } : {}),
        ...(several ? { identities: several } : {}),
      });
    if (!profile.captions.user || !track) return;
    const speaker = { trackSid: track.sid, identity: track.identity, ...(several ? { several } : {}) };
    messages.caption({ segment, text, final }, speaker);
  }

  #voicedMs(): number {
    const track = this.#open[0]?.track;
    return track ? this.#options.timeline.voicedMs(track) : 0;
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
