// A room's end by LiveKit's server API, for calls that this worker serves.
import { RoomServiceClient, SipClient } from 'livekit-server-sdk';
import type { HolderQuery, RoomService } from '../../src/index.js';

const REQUEST_WITHIN_S = 3;

export function roomService({ url, apiKey, apiSecret, room }: HolderQuery): RoomService {
  const client = new RoomServiceClient(url.replace(/^ws/, 'http'), apiKey, apiSecret, {
    requestTimeout: REQUEST_WITHIN_S,
  });
  const sip = new SipClient(url.replace(/^ws/, 'http'), apiKey, apiSecret);
  return {
    deleteRoom: () => client.deleteRoom(room),
    removeParticipant: (identity) => client.removeParticipant(room, identity),
    transferParticipant: (identity, to) =>
      sip.transferSipParticipant(room, identity, to, { playDialtone: true }),
  };
}
