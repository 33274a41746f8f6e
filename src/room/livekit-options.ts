// With which options the agent joins a room.
import type { RoomOptions } from '@livekit/rtc-node';

/**
 * The largest data stream that is received, bytes after inflation: pre-connect audio may have 4 MB, and rtc-node knows
 * one limit for all. Texts are read up to their own limits, and no further.
 */
const MAX_PAYLOAD_BYTES = 4.5 * 1024 * 1024;

/** @param e2eeKey the shared key of an end-to-end encrypted room: media and data are encrypted with it */
export function roomOptions(e2eeKey: string | undefined): RoomOptions {
  return {
    // No automatic subscription: a subscribed video is decoded even if no picture of it is used.
    autoSubscribe: false,
    dynacast: false,
    // Counted after inflation: a payload of 400 MB travels as 390 KB.
    dataStream: { maxPayloadByteLength: MAX_PAYLOAD_BYTES },
    ...(e2eeKey === undefined
      ? {}
      : { encryption: { keyProviderOptions: { sharedKey: Buffer.from(e2eeKey) } } }),
  };
}
