// How a caption is sent: the text stream's options, and the same text for clients without text streams.
import {
  ATTRIBUTE_FINAL,
  ATTRIBUTE_SEGMENT_ID,
  ATTRIBUTE_SPEAKERS,
  ATTRIBUTE_TRACK_ID,
  TOPIC_TRANSCRIPTION,
} from '../protocol/topics.js';
import type { TextOptions, TranscriptionPacket } from './port.js';

/** The speaker of a caption and their track; without an identity the agent. */
export interface CaptionSpeaker {
  readonly trackSid: string;
  readonly identity?: string;
  /** Where several people may have said it: all of them. */
  readonly several?: readonly string[];
}

/** Options and sender of a message. */
export interface Address {
  readonly options: TextOptions;
  /** The same text for clients without text streams. */
  readonly transcription?: TranscriptionPacket;
}

/**
 * @param agent the agent's identity
 * @param packets whether clients without text streams are sent it, too
 */
export function captionAddress(
  { segment: id, text, final }: { readonly segment: string; readonly text: string; readonly final: boolean },
  speaker: CaptionSpeaker,
  agent: string,
  packets: boolean,
): Address {
  const { trackSid, identity = agent } = speaker;
  return {
    options: {
      topic: TOPIC_TRANSCRIPTION,
      // Clients that identify messages by stream id would show each state as another message.
      streamId: id,
      attributes: {
        [ATTRIBUTE_SEGMENT_ID]: id,
        [ATTRIBUTE_FINAL]: String(final),
        // An answer in text has no track.
        ...(trackSid === '' ? {} : { [ATTRIBUTE_TRACK_ID]: trackSid }),
        ...(speaker.several ? { [ATTRIBUTE_SPEAKERS]: JSON.stringify(speaker.several) } : {}),
      },
      ...(speaker.identity ? { senderIdentity: speaker.identity } : {}),
    },
    // A transcription packet needs a track.
    ...(packets && trackSid !== '' ? { transcription: { id, text, final, identity, trackSid } } : {}),
  };
}
