// Lane: the microphones that may be heard, combined into one stream of 20 ms frames for the model.
import { Mixer } from '../audio/mixer.js';
import { INPUT_FRAME_MS, type PcmChunk, SILENT_FRAME } from '../audio/pcm.js';
import type { RemoteTrack, RoomEvent, RoomPort } from '../room/port.js';

/** A model ends a turn only after it has heard a pause: so much silence is sent after a microphone stops. */
const TRAILING_SILENCE_MS = 1_500;

export interface AudioInOptions {
  readonly room: RoomPort;
  /** Whether this track may be heard while it is not muted. */
  readonly hears: (track: RemoteTrack) => boolean;
  /** Whether people who speak at once are heard at once; otherwise one after the other. */
  readonly overlap: () => boolean;
  /** `track`: the microphone of the loudest speaker in the chunk; undefined where nobody spoke. */
  readonly send: (chunk: PcmChunk, track: RemoteTrack | undefined) => void;
  /** The trailing silence is sent; nothing follows until a microphone is open again. */
  readonly end: () => void;
  /** The microphone that is sent from now on; undefined once none is open. */
  readonly onMicrophone: (track: RemoteTrack | undefined) => void;
}

interface MicrophoneReader {
  readonly track: RemoteTrack;
  readonly stop: () => void;
}

export class AudioIn {
  readonly #options: AudioInOptions;
  #detach: () => void = () => {};
  /** Every open microphone that may be heard, in the order in which they were opened. */
  readonly #readers = new Map<string, MicrophoneReader>();
  /** Only while several microphones are open: a single one passes straight through. */
  #mixer: Mixer | undefined;
  /** Sid of the microphone that was sent last. */
  #speaker: string | undefined;
  /** Microphones that closed while the mixer was there. */
  readonly #gone = new Map<string, RemoteTrack>();
  #silence: NodeJS.Timeout | undefined;

  constructor(options: AudioInOptions) {
    this.#options = options;
  }

  start(): void {
    this.#detach = this.#options.room.onEvent((event: RoomEvent) => {
      const { type } = event;
      if (type === 'track-started' || type === 'track-stopped' || type === 'track-muted') this.choose();
    });
    this.choose();
  }

  /** Whether this participant has an open microphone that is sent to the model. */
  listensTo(identity: string): boolean {
    for (const { track } of this.#readers.values()) if (track.identity === identity) return true;
    return false;
  }

  /** Reads the microphones that may be heard now; call it when that, or the way to combine them, has changed. */
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
    if (this.#readers.size > 0) clearInterval(this.#silence);
    else if (before > 0) this.#stop();
  }

  close(): void {
    this.#detach();
    clearInterval(this.#silence);
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

  /** Creates the mixer for several microphones, drops it for one, and replaces it where `overlap` has changed. */
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

  /** Also of a microphone that has just closed: the mixer may still hold its last words. */
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
    clearInterval(this.#silence);
    this.#silence = setInterval(() => {
      // By the clock rather than by the tick, so that a blocked event loop does not stretch the pause.
      const due = Math.min(
        Math.floor((performance.now() - startedMs) / INPUT_FRAME_MS),
        TRAILING_SILENCE_MS / INPUT_FRAME_MS,
      );
      for (; sent < due; sent += 1) this.#options.send(SILENT_FRAME, undefined);
      if (sent * INPUT_FRAME_MS < TRAILING_SILENCE_MS) return;
      clearInterval(this.#silence);
      this.#options.end();
    }, INPUT_FRAME_MS);
  }
}
