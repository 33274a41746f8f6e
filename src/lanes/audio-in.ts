// Lane: the microphones of those who are listened to, in 20 ms frames, as one to the model.
import { Mixer } from '../audio/mixer.js';
import { INPUT_FRAME_MS, type PcmChunk, QUIET_FRAME } from '../audio/pcm.js';
import type { RemoteTrack, RoomEvent, RoomPort } from '../room/port.js';

/** Models need to hear the pause to end a turn: this much quiet follows a microphone that stops. */
const QUIET_MS = 1_500;

export interface AudioInOptions {
  readonly room: RoomPort;
  /** Whether this track may be heard while it is not muted. */
  readonly hears: (track: RemoteTrack) => boolean;
  /** Whether people who speak at once are heard at once; otherwise one after the other. */
  readonly overlap: () => boolean;
  /** `track`: on whose microphone it was said, by whoever was loudest; undefined where nobody spoke. */
  readonly send: (chunk: PcmChunk, track: RemoteTrack | undefined) => void;
  /** The microphones have been quiet for a while and will send nothing until somebody speaks again. */
  readonly end: () => void;
  /** Whose words go out from now on; undefined once no microphone is open. */
  readonly onMicrophone: (track: RemoteTrack | undefined) => void;
}

interface MicrophoneReader {
  readonly track: RemoteTrack;
  readonly stop: () => void;
}

export class AudioIn {
  readonly #options: AudioInOptions;
  readonly #detach: () => void;
  /** Every open microphone that may be heard, the one that was opened first first. */
  readonly #readers = new Map<string, MicrophoneReader>();
  /** Only while there are several: one alone passes straight through. */
  #mixer: Mixer | undefined;
  /** Whose words went out last. */
  #speaker: string | undefined;
  /** Those that were taken away since there is a mixer. */
  readonly #gone = new Map<string, RemoteTrack>();
  #quiet: NodeJS.Timeout | undefined;

  constructor(options: AudioInOptions) {
    this.#options = options;
    this.#detach = options.room.onEvent((event: RoomEvent) => {
      const { type } = event;
      if (type === 'track-started' || type === 'track-stopped' || type === 'track-muted') this.choose();
    });
    this.choose();
  }

  /** Whether somebody's microphone is open and listened to. */
  listensTo(identity: string): boolean {
    for (const { track } of this.#readers.values()) if (track.identity === identity) return true;
    return false;
  }

  /** Others may be heard from now on, or in another way. */
  choose(): void {
    const { room, hears } = this.#options;
    const open = room.tracks().filter((track) => track.kind === 'audio' && !track.muted && hears(track));
    const before = this.#readers.size;
    for (const [sid, reader] of this.#readers) {
      if (open.some((track) => track.sid === sid)) continue;
      reader.stop();
      this.#readers.delete(sid);
      if (this.#mixer) this.#gone.set(sid, reader.track);
      this.#mixer?.remove(sid);
    }
    for (const track of open) if (!this.#readers.has(track.sid)) this.#listen(track);
    this.#mix();
    if (this.#readers.size > 0) clearInterval(this.#quiet);
    else if (before > 0) this.#stop();
  }

  close(): void {
    this.#detach();
    clearInterval(this.#quiet);
    for (const reader of this.#readers.values()) reader.stop();
    this.#readers.clear();
    this.#mixer = undefined;
  }

  #listen(track: RemoteTrack): void {
    const { sid } = track;
    const onFrame = (chunk: PcmChunk): void => {
      if (this.#mixer) this.#mixer.push(sid, chunk);
      else this.#options.send(chunk, track);
    };
    this.#readers.set(sid, { track, stop: this.#options.room.listen(sid, onFrame) });
    this.#mixer?.add(sid);
  }

  /** A mixer for several, none for one, and another one where they are to be heard in another way. */
  #mix(): void {
    const overlap = this.#options.overlap();
    if (this.#readers.size < 2) {
      this.#mixer?.flush();
      this.#mixer = undefined;
      this.#gone.clear();
      for (const sid of this.#readers.keys()) this.#spoken(sid);
    } else if (this.#mixer?.overlap !== overlap) {
      this.#mixer?.flush();
      this.#mixer = new Mixer({
        overlap,
        send: (chunk, sid) => this.#options.send(chunk, sid === undefined ? sid : this.#trackOf(sid)),
        onSpeaker: (sid) => this.#spoken(sid),
      });
      for (const sid of this.#readers.keys()) this.#mixer.add(sid, sid === this.#speaker);
    }
  }

  /** Also of one that has just gone: his last words may still be on their way. */
  #trackOf(sid: string): RemoteTrack | undefined {
    return this.#readers.get(sid)?.track ?? this.#gone.get(sid);
  }

  #spoken(sid: string): void {
    if (sid === this.#speaker) return;
    this.#speaker = sid;
    this.#options.onMicrophone(this.#readers.get(sid)?.track);
  }

  /** No microphone is open any more. */
  #stop(): void {
    this.#speaker = undefined;
    this.#options.onMicrophone(undefined);
    const startedMs = performance.now();
    let sent = 0;
    clearInterval(this.#quiet);
    this.#quiet = setInterval(() => {
      // By the clock rather than by the tick, so that a busy loop does not stretch the pause.
      const due = Math.min(
        Math.floor((performance.now() - startedMs) / INPUT_FRAME_MS),
        QUIET_MS / INPUT_FRAME_MS,
      );
      for (; sent < due; sent += 1) this.#options.send(QUIET_FRAME, undefined);
      if (sent * INPUT_FRAME_MS < QUIET_MS) return;
      clearInterval(this.#quiet);
      this.#options.end();
    }, INPUT_FRAME_MS);
  }
}
