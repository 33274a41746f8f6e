// Stops and resumes a video that is subscribed: the server sends nothing meanwhile, and nothing is decoded. rtc-node's
// library can, and rtc-node has no method for it.
import type { RemoteTrackPublication } from '@livekit/rtc-node';
import type { Logger } from '../../util/log.js';
import { byPrivatePart, nativeClient } from './native-library.js';

/** @returns whether it could */
export function pauseVideo(
  publication: RemoteTrackPublication,
  paused: boolean,
  log: Pick<Logger, 'warn'>,
): boolean {
  const done = byPrivatePart(
    'enableRemoteTrackPublication',
    'every picture of a video is decoded',
    log,
    () => {
      const { ffiHandle } = publication as { readonly ffiHandle?: { readonly handle?: bigint } };
      const client = nativeClient();
      if (!client || typeof ffiHandle?.handle !== 'bigint') return undefined;
      const value = { trackPublicationHandle: ffiHandle.handle, enabled: !paused };
      client.request({ message: { case: 'enableRemoteTrackPublication', value } });
      return true;
    },
  );
  return done ?? false;
}
