// Lane: the microphones that may be heard, combined into one stream of 20 ms frames for the model.
import { Mixer } from '../audio/mixer.js';
import { INPUT_FRAME_MS, type PcmChunk, SILENT_FRAME } from '../audio/pcm.js';
import type { RemoteTrack, RoomEvent, RoomPort } from '../room/port.js';

/** Silence that is sent after a microphone stops: the service ends a turn only after a pause. */
const TRAILING_SILENCE_MS = 1_500;

export interface AudioInOptions {
  readonly room: RoomPort;
  /** Whether this track may be heard while it is not muted. */
  readonly hears: (track: RemoteTrack) => boolean;
  /** Whether simultaneous speakers are summed; otherwise they are sent one after the other. */
  readonly overlap: () => boolean;
  /** `track`: the microphone of the loudest speaker in the chunk; undefined where nobody spoke. */
  readonly send: (chunk: PcmChunk, track: RemoteTrack | undefined) => void;
  /** The trailing silence was sent; nothing follows until a microphone is open. */
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
  /** Exists while several microphones are open; a single one is sent without a mixer. */
  #mixer: Mixer | undefined;
  /** Sid of the microphone that was sent last. */
  #speaker: string | undefined;
  /** Microphones that closed while the mixer may hold frames of them. */
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

  /** Reads the microphones that may be heard; call it when `hears` or `overlap` may have changed. */
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

  /** Also finds a microphone that has just closed: the mixer may still hold frames of it. */
  #trackOf(sid: string): RemoteTrack | undefined {
    return this.#readers.get(sid)?.track ?? this.#gone.get(sid);
  }

  #spoken(sid: string): void {
    if (sid === this.#speaker) return;
    this.#speaker = sid;
    this.#options.onMicrophone(this.#readers.get(sid)?.track);
  }

  /** The last microphone has closed. */
  #stop(): void {
    this.#speaker = undefined;
    this.#options.onMicrophone(undefined);
    const startedMs = performance.now();
    let sent = 0;
    clearInterval(this.#silence);
    this.#silence = setInterval(() => {
      // Computed from the time, not from the number of ticks: a blocked event loop would make the pause longer.
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
