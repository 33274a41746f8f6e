// Mutes a published track as a client's mute button does, so that all participants are notified. rtc-node can, but offers no public method.
import type { LocalAudioTrack } from '@livekit/rtc-node';

export function muteTrack(track: LocalAudioTrack, muted: boolean): void {
  globalThis._ffiClientInstance?.request({
    message: { case: 'localTrackMute', value: { trackHandle: track.ffi_handle.handle, mute: muted } },
  });
}
