// Transcription packets that participants of this process receive. rtc-node (0.13.35) drops them on its way to a Room.
import {
  loadNativeClient,
  NATIVE_EVENT,
  type NativeClient,
  type NativeEvent,
} from '../../src/room/native/native-library.js';
import type { TranscriptionPacket } from '../../src/room/port.js';

interface TranscriptionEvent {
  readonly case?: string;
  readonly value: {
    readonly participantIdentity: string;
    readonly trackSid: string;
    readonly segments: readonly { readonly id: string; readonly text: string; readonly final: boolean }[];
  };
}

export class ReceivedTranscriptions {
  readonly packets: TranscriptionPacket[] = [];
  readonly #client: NativeClient | undefined = loadNativeClient();

  constructor() {
    this.#client?.on(NATIVE_EVENT, this.#onEvent);
  }

  close(): void {
    this.#client?.off(NATIVE_EVENT, this.#onEvent);
  }

  readonly #onEvent = ({ message }: NativeEvent): void => {
    if (message.case !== 'roomEvent') return;
    const event = (message.value as { readonly message: TranscriptionEvent }).message;
    if (event.case !== 'transcriptionReceived') return;
    const { participantIdentity: identity, trackSid, segments } = event.value;
    for (const { id, text, final } of segments) this.packets.push({ id, text, final, identity, trackSid });
  };
}
