// Lane: the microphone of whoever is listened to, in 20 ms frames, to the model.
import { INPUT_RATE, type PcmChunk } from '../audio/pcm.js';
import type { RemoteTrack, RoomEvent, RoomPort } from '../room/port.js';

const FRAME_MS = 20;
/** Models need to hear the pause to end a turn: this much quiet follows a microphone that stops. */
const QUIET_MS = 1_500;
const QUIET_FRAME: PcmChunk = { samples: new Int16Array((INPUT_RATE * FRAME_MS) / 1000), rate: INPUT_RATE };

export interface AudioInOptions {
  readonly room: RoomPort;
  /** Whether this person may be heard. */
  readonly hears: (identity: string) => boolean;
  readonly send: (chunk: PcmChunk) => void;
  /** The microphone has been quiet for a while and will send nothing until somebody speaks again. */
  readonly end: () => void;
  readonly onMicrophone: (track: RemoteTrack | undefined) => void;
}

export interface AudioIn {
  /** Others may be heard from now on. */
  choose(): void;
  close(): void;
}

/** Listens to one microphone: the first that is open, and another only once that one is muted or gone. */
export function attachAudioIn(options: AudioInOptions): AudioIn {
  const { room, hears } = options;
  let current: { readonly track: RemoteTrack; readonly stop: () => void } | undefined;
  let quiet: NodeJS.Timeout | undefined;

  const startQuiet = (): void => {
    const startedMs = performance.now();
    let sent = 0;
    clearInterval(quiet);
    quiet = setInterval(() => {
      // By the clock rather than by the tick, so that a busy loop does not stretch the pause.
      const due = Math.min(Math.floor((performance.now() - startedMs) / FRAME_MS), QUIET_MS / FRAME_MS);
      for (; sent < due; sent += 1) options.send(QUIET_FRAME);
      if (sent * FRAME_MS < QUIET_MS) return;
      clearInterval(quiet);
      options.end();
    }, FRAME_MS);
  };

  const choose = (): void => {
    const open = room
      .tracks()
      .filter(({ source, muted, identity }) => source === 'microphone' && !muted && hears(identity));
    const next = open.find((track) => track.sid === current?.track.sid) ?? open[0];
    if (next?.sid === current?.track.sid) return;
    current?.stop();
    current = next && { track: next, stop: room.listen(next.sid, options.send) };
    options.onMicrophone(next);
    if (current) clearInterval(quiet);
    else startQuiet();
  };

  const detach = room.onEvent((event: RoomEvent) => {
    if (event.type === 'track-started' || event.type === 'track-stopped' || event.type === 'track-muted')
      choose();
  });
  choose();
  const close = (): void => {
    detach();
    clearInterval(quiet);
    current?.stop();
    current = undefined;
  };
  return { choose, close };
}
