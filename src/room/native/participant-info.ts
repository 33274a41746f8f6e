// What rtc-node knows of participants and publications beyond what it exports.
import type { Room } from '@livekit/rtc-node';
import type { Logger } from '../../util/log.js';
import { byPrivatePart, infoOf } from './native-library.js';

/** One warning where this version lacks what tells participants and publications apart. */
export function warnWithoutInfo(room: Room, log: Pick<Logger, 'warn'>): void {
  byPrivatePart(
    'Participant.info',
    'hidden participants are taken for visible ones, and no recording from before a join is waited for',
    log,
    () => room.localParticipant && infoOf(room.localParticipant),
  );
}
