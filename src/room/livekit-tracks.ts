// The tracks of others: which are subscribed, as the port describes them, and their audio as 16 kHz frames.
import {
  AudioStream,
  ParticipantKind as LiveKitKind,
  TrackSource as LiveKitSource,
  type RemoteTrack as LiveKitTrack,
  type RemoteParticipant,
  type RemoteTrackPublication,
  TrackKind,
} from '@livekit/rtc-node';
import { INPUT_FRAME_MS, INPUT_RATE, type PcmChunk } from '../audio/pcm.js';
import { infoOf } from './native/native-library.js';
import type { Participant, ParticipantKind, RemoteTrack, TrackSource } from './port.js';

const KINDS: Readonly<Partial<Record<LiveKitKind, ParticipantKind>>> = {
  [LiveKitKind.STANDARD]: 'standard',
  [LiveKitKind.AGENT]: 'agent',
  [LiveKitKind.SIP]: 'sip',
  [LiveKitKind.INGRESS]: 'ingress',
  [LiveKitKind.EGRESS]: 'egress',
};

const SOURCES: Readonly<Partial<Record<LiveKitSource, TrackSource>>> = {
  [LiveKitSource.SOURCE_MICROPHONE]: 'microphone',
  [LiveKitSource.SOURCE_SCREENSHARE_AUDIO]: 'screen-audio',
  [LiveKitSource.SOURCE_CAMERA]: 'camera',
  [LiveKitSource.SOURCE_SCREENSHARE]: 'screen',
};

export function describeParticipant(participant: RemoteParticipant): Participant {
  const { identity, kind, name, attributes } = participant;
  return {
    identity,
    kind: KINDS[kind] ?? 'other',
    ...(name ? { name } : {}),
    ...(Object.keys(attributes ?? {}).length > 0 ? { attributes: { ...attributes } } : {}),
    ...(infoOf(participant)?.permission?.hidden ? { hidden: true } : {}),
  };
}

export function describeTrack(
  publication: RemoteTrackPublication,
  participant: RemoteParticipant,
): RemoteTrack {
  return {
    sid: publication.sid ?? '',
    identity: participant.identity,
    source: sourceOf(publication, participant),
    kind: publication.kind === TrackKind.KIND_VIDEO ? 'video' : 'audio',
    muted: publication.muted ?? false,
  };
}

/** Some clients publish a microphone without a source: where a participant has no other, it is one. */
function sourceOf(publication: RemoteTrackPublication, participant: RemoteParticipant): TrackSource {
  const source = SOURCES[publication.source ?? LiveKitSource.SOURCE_UNKNOWN];
  if (source) return source;
  if (publication.kind !== TrackKind.KIND_AUDIO) return 'other';
  const isMicrophone = (other: RemoteTrackPublication): boolean =>
    other.source === LiveKitSource.SOURCE_MICROPHONE;
  return [...participant.trackPublications.values()].some(isMicrophone) ? 'other' : 'microphone';
}

/** What people say or show; the voices of other agents would only make them talk to each other. */
export function isWanted(
  kind: TrackKind,
  publication: RemoteTrackPublication,
  participant: RemoteParticipant,
): boolean {
  const { source } = describeTrack(publication, participant);
  return publication.kind === kind && source !== 'other' && participant.kind !== LiveKitKind.AGENT;
}

/** LiveKit's TF_PRECONNECT_BUFFER, which rtc-node passes on by number. */
const PRE_CONNECT_BUFFER = 6;
/** A client sends its recording within 20 s of joining, or never. */
const RECORDS_WITHIN_MS = 30_000;

/** Whether a client says of its microphone that it has recorded what was said before the agent was there. */
export function hasRecording(publication: RemoteTrackPublication, participant: RemoteParticipant): boolean {
  const features = (infoOf(publication)?.audioFeatures ?? []) as readonly number[];
  const joinedAtMs = Number(infoOf(participant)?.joinedAt ?? Date.now());
  return features.includes(PRE_CONNECT_BUFFER) && Date.now() - joinedAtMs < RECORDS_WITHIN_MS;
}

/** Delivers 20 ms frames until stopped or the track ends. Resampling and mixing down happen natively. */
export function readFrames(
  track: LiveKitTrack,
  onFrame: (chunk: PcmChunk) => void,
  onError: (error: unknown) => void,
): () => void {
  const stream = new AudioStream(track, {
    sampleRate: INPUT_RATE,
    numChannels: 1,
    frameSizeMs: INPUT_FRAME_MS,
  });
  const reader = stream.getReader();
  let stopped = false;
  const read = async (): Promise<void> => {
    try {
      for (let next = await reader.read(); !next.done && !stopped; next = await reader.read()) {
        // The frame's samples own their buffer (rtc-node copies them out of native memory).
        onFrame({ samples: next.value.data, rate: next.value.sampleRate });
      }
    } catch (error) {
      if (!stopped) onError(error);
    }
  };
  void read();
  return () => {
    if (stopped) return;
    stopped = true;
    reader.cancel().catch(onError);
  };
}
