// Captions of people and of the agent: published according to the profile, and always added to the ledger.
import { AgentCaptions } from '../lanes/agent-captions.js';
import type { RoomMessages } from '../lanes/room-messages.js';
import { UserCaptions } from '../lanes/user-captions.js';
import type { Profile } from '../profile/profile.js';
import type { RemoteTrack, Voice } from '../room/port.js';
import type { ModelEventOf } from '../session/port.js';
import type { InputTimeline } from '../turns/input-timeline.js';
import type { Ledger } from '../turns/ledger.js';

export interface CaptionsOptions {
  readonly messages: RoomMessages;
  readonly profile: Pick<Profile, 'captions'>;
  readonly voice: Voice;
  readonly ledger: Ledger;
  /** The position in the playout that listeners have reached. */
  readonly heard: () => number;
  /** Finds the speaker of a transcript. */
  readonly timeline: InputTimeline<RemoteTrack>;
}

export class Captions {
  readonly agent: AgentCaptions;
  readonly user: UserCaptions;
  #spokenTurn = 0;

  constructor({ messages, profile, voice, ledger, heard, timeline }: CaptionsOptions) {
    this.agent = new AgentCaptions({
      heard,
      segmentOf: (turn) => messages.segment('agent', turn),
      publish: (caption) => {
        if (profile.captions.agent) messages.caption(caption, voice);
      },
      onEnded: (turn) => ledger.reserve(turn),
      onFinal: (turn, text, truncated) => ledger.agent(text, truncated, turn),
    });
    let speaker: RemoteTrack | undefined;
    this.user = new UserCaptions({
      segmentOf: (utterance) => messages.segment('user', utterance),
      publish: (caption) => {
        // The speaker that is found at the beginning of an utterance applies to all of it.
        speaker ??= timeline.begin();
        const track = speaker;
        if (caption.final) {
          if (track) timeline.end(track);
          speaker = undefined;
        }
        if (!profile.captions.user || !track) return;
        messages.caption(caption, { trackSid: track.sid, identity: track.identity });
      },
      onFinal: (text) => ledger.user(text, this.#spokenTurn),
      voicedMs: () => (speaker ? timeline.voicedMs(speaker) : 0),
    });
  }

  /** @param turn the turn that answers the utterance */
  heard(event: ModelEventOf<'input-transcript' | 'input-restarted'>, turn: number): void {
    if (event.type === 'input-transcript') this.#spokenTurn = turn;
    this.user.advance(event.type === 'input-transcript' ? event : { type: 'restarted' });
  }

  /** Sends every final caption that is still due. */
  close(): void {
    this.user.close();
    this.agent.close();
  }
}
