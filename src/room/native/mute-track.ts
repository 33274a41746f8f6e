// Mutes a published track as a client's mute button does, so that all participants are notified: rtc-node's library can,
// and rtc-node has no method for it.
import type { LocalTrack } from '@livekit/rtc-node';
import type { Logger } from '../../util/log.js';
import { byPrivatePart, nativeClient, trackHandle } from './native-library.js';

/** @returns whether it could; a track that cannot be muted can be unpublished, and published anew */
export function muteTrack(track: LocalTrack, mute: boolean, log?: Pick<Logger, 'warn'>): boolean {
  const done = byPrivatePart('localTrackMute', 'a muted track is unpublished meanwhile', log, () => {
    const handle = trackHandle(track);
    const client = nativeClient();
    if (!client || handle === undefined) return undefined;
    client.request({ message: { case: 'localTrackMute', value: { trackHandle: handle, mute } } });
    return true;
  });
  return done ?? false;
}
