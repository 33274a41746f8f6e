// What LiveKit's server API does for a call in its room: ends it, transfers callers, and lists people.
import {
  connectedTo,
  type HolderQuery,
  type RoomService,
  roomService as roomsOf,
  serverSdk,
} from '../../src/index.js';

const REQUEST_WITHIN_S = 3;

export function roomService(query: HolderQuery): RoomService {
  const { url, apiKey, apiSecret, room } = query;
  return {
    deleteRoom: async () => (await roomsOf(query, REQUEST_WITHIN_S)).deleteRoom(room),
    participants: () => connectedTo(query),
    removeParticipant: async (identity) =>
      (await roomsOf(query, REQUEST_WITHIN_S)).removeParticipant(room, identity),
    transferParticipant: async (identity, to) => {
      const { SipClient } = await serverSdk();
      const sip = new SipClient(url.replace(/^ws/, 'http'), apiKey, apiSecret);
      return sip.transferSipParticipant(room, identity, to, { playDialtone: true });
    },
  };
}
