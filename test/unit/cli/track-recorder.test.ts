// A recorder that is closed hears nothing more, whatever is subscribed while the room is being left.
import type { RemoteParticipant, RemoteTrack } from '@livekit/rtc-node';
import { expect, test } from 'vitest';
import { TrackRecorder } from '../../../cli/track-recorder.js';

test('a track that is subscribed after closing is not opened', () => {
  const recorder = new TrackRecorder({ keepSamples: true }, () => undefined);
  recorder.close();
  let opened = false;
  const track = {
    sid: 'TR_late',
    get ffi_handle(): never {
      opened = true;
      throw new Error('opened');
    },
  } as unknown as RemoteTrack;
  recorder.hear(track, { identity: 'agent-gemini' } as RemoteParticipant);
  expect(opened).toBe(false);
});
