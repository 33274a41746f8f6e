// What the agent sends to the room: text streams, data packets, and captions as transcription packets.
import type { LocalParticipant } from '@livekit/rtc-node';
import type { TextOptions, TranscriptionPacket } from './port.js';

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
