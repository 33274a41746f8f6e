// What the agent sends to the room: text streams, data packets, and captions as transcription packets.
import type { LocalParticipant, Room } from '@livekit/rtc-node';
import { TOPIC_SESSION } from '../protocol/topics.js';
import { within } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import type { TextOptions, TranscriptionPacket } from './port.js';
import { writeSessionMessage } from './session-codec.js';
import type { RtcStats, SessionMessage } from './session-messages.js';

export async function sendText(sender: LocalParticipant, text: string, options: TextOptions): Promise<void> {
  const { topic, attributes, senderIdentity, to, streamId } = options;
  const about = {
    topic,
    ...(attributes ? { attributes: { ...attributes } } : {}),
    ...(to ? { destinationIdentities: [...to] } : {}),
    ...(streamId === undefined ? {} : { streamId }),
  };
  if (senderIdentity === undefined) {
    // One request in place of three, and half the CPU; but it cannot be sent in another's name.
    await sender.sendText(text, { ...about, compress: false });
    return;
  }
  const writer = await sender.streamText({ ...about, senderIdentity });
  await writer.write(text);
  await writer.close();
}

const ATTRIBUTES_DEADLINE_MS = 200;

/** Resolves once the attributes are set, or after 200 ms. */
export async function setAttributes(
  participant: LocalParticipant,
  attributes: Readonly<Record<string, string>>,
  log: Pick<Logger, 'debug'>,
): Promise<void> {
  const set = participant.setAttributes({ ...attributes });
  // Now and then rtc-node answers five seconds late (4 % of calls) although everybody has seen the change.
  set.catch((error: unknown) => log.debug({ err: error }, 'attributes were not set'));
  await within(set, ATTRIBUTES_DEADLINE_MS);
}

/** In the order of LiveKit's codes. */
const KEYS = '0123456789*#ABCD';

export async function sendKey(participant: LocalParticipant, key: string): Promise<void> {
  await participant.publishDtmf(KEYS.indexOf(key), key);
}

export async function sendPacket(
  sender: LocalParticipant,
  bytes: Uint8Array,
  { topic, to }: { readonly topic: string; readonly to?: readonly string[] },
): Promise<void> {
  await sender.publishData(bytes, {
    reliable: true,
    topic,
    ...(to ? { destination_identities: [...to] } : {}),
  });
}

export async function sendTranscription(
  sender: LocalParticipant,
  { id, text, final, identity, trackSid }: TranscriptionPacket,
): Promise<void> {
  const segment = { id, text, final, startTime: 0n, endTime: 0n, language: '' };
  await sender.publishTranscription({ participantIdentity: identity, trackSid, segments: [segment] });
}

export async function sendSession(sender: LocalParticipant, message: SessionMessage): Promise<void> {
  const writer = await sender.streamBytes({
    topic: TOPIC_SESSION,
    name: 'session-message',
    ...(message.to ? { destinationIdentities: [...message.to] } : {}),
  });
  await writer.write(writeSessionMessage(message));
  await writer.close();
}

type NativeStat = { readonly stats: { readonly case?: string | undefined; readonly value?: unknown } };

/** Statistics of received media, which are among those of the single connection. */
const RECEIVED: ReadonlySet<string> = new Set([
  'inboundRtp',
  'remoteOutboundRtp',
  'candidatePair',
  'transport',
]);

/** Each statistic under its kind, as rtc-node calls its fields. */
export async function readRtcStats(room: Room): Promise<RtcStats> {
  const { publisherStats, subscriberStats } = await room.getRtcStats();
  const publisher = publisherStats.flatMap(statOf);
  const subscriber = subscriberStats.flatMap(statOf);
  if (subscriber.length > 0) return { publisher, subscriber };
  // rtc-node 0.13.35 has one connection for both directions.
  return {
    publisher,
    subscriber: publisher.filter((stat) => Object.keys(stat).some((kind) => RECEIVED.has(kind))),
  };
}

function statOf({ stats: { case: kind, value } }: NativeStat): Record<string, unknown>[] {
  return kind === undefined ? [] : [{ [kind]: plain(value) }];
}

/** Without the classes of protobuf, which write counters as text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
