// With which options the agent joins a room.
import type { E2EEOptions, RoomOptions } from '@livekit/rtc-node';
import type { Logger } from '../util/log.js';

export interface LiveKitRoomOptions {
  readonly url: string;
  readonly token: string;
  readonly log: Logger;
  /** The shared key of an end-to-end encrypted room. */
  readonly e2eeKey?: string;
  /** Ends the attempt to join. */
  readonly signal?: AbortSignal;
  /** How long joining may take; 15 s where omitted. */
  readonly deadlineMs?: number;
}

/**
 * The largest data stream that is received, bytes after inflation: pre-connect audio may have 4 MB, and rtc-node knows
 * one limit for all. Texts are read up to their own limits, and no further.
 */
const MAX_PAYLOAD_BYTES = 4.5 * 1024 * 1024;

/** Frames that cannot be decrypted before the key counts as another one: 200 ms of a voice. */
const FAILED_FRAMES = 10;

/** @param e2eeKey the shared key of an end-to-end encrypted room: media and data are encrypted with it */
export function roomOptions(e2eeKey: string | undefined): RoomOptions {
  return {
    // No automatic subscription: a subscribed video is decoded even if no picture of it is used.
    autoSubscribe: false,
    dynacast: false,
    // Counted after inflation: a payload of 400 MB travels as 390 KB.
    dataStream: { maxPayloadByteLength: MAX_PAYLOAD_BYTES },
    ...(e2eeKey === undefined ? {} : { encryption: encryptionOf(e2eeKey) }),
  };
}

function encryptionOf(e2eeKey: string): E2EEOptions {
  return {
    keyProviderOptions: {
      sharedKey: Buffer.from(e2eeKey),
      // With rtc-node's -1 another key is never reported, and each frame is tried with 16 keys.
      failureTolerance: FAILED_FRAMES,
      ratchetWindowSize: 0,
    },
  };
}
