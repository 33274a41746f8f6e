// Lane: the microphones that may be heard, combined into one stream of 20 ms frames for the model.
import { type FloorKeeper, FloorMixer } from '../audio/floor-mixer.js';
import { type MixedVoice, Mixer } from '../audio/mixer.js';
import { INPUT_FRAME_MS, type PcmChunk, SILENT_FRAME } from '../audio/pcm.js';
import type { VoiceActivity } from '../audio/voice-activity.js';
import type { Overlap, RemoteTrack, RoomEvent, RoomPort } from '../room/port.js';
import { Paced } from '../util/paced.js';

/** Silence that is sent after a microphone stops: the service ends a turn only after a pause. */
const TRAILING_SILENCE_MS = 1_500;
/** Of one participant. Each microphone that opens costs a stream: one that is muted in a loop would hold up the voice. */
const CHOICES = { burst: 20, perSecond: 4, laterMs: 500 };

export interface AudioInOptions {
  readonly room: RoomPort;
  /** Whether this track may be heard while it is not muted. */
  readonly hears: (track: RemoteTrack) => boolean;
  /** Whose turn it is, where people are sent one after the other; undefined where simultaneous speakers are summed. */
  readonly floor: () => FloorKeeper | undefined;
  /** Used with a floor. */
  readonly voiceActivity: () => VoiceActivity;
  /** Speech that waited for the floor was dropped. */
  readonly onUnheard: (identity: string, ms: number) => void;
  /** `track`: the microphone of the loudest speaker in the chunk; undefined where nobody spoke. */
  readonly send: (chunk: PcmChunk, track: RemoteTrack | undefined, others?: Overlap) => void;
  /** The trailing silence was sent; nothing follows until a microphone is open. */
  readonly end: () => void;
  /** Each frame of each open microphone, before gates and mixer. */
  readonly onFrame?: (track: RemoteTrack, chunk: PcmChunk) => void;
  /** The open microphones have changed. */
  readonly onOpen?: (sids: ReadonlySet<string>) => void;
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
  /** Exists while several microphones are open, and with a floor for one too; otherwise a single one is sent as it is. */
  #mixer: Mixer | FloorMixer | undefined;
  /** Of the present mixer. */
  #floor: FloorKeeper | undefined;
  /** Sid of the microphone that was sent last. */
  #speaker: string | undefined;
  /** Microphones that closed while the mixer may hold frames of them. */
  readonly #gone = new Map<string, RemoteTrack>();
  #silence: NodeJS.Timeout | undefined;
  readonly #choices = new Paced({ ...CHOICES, act: () => this.choose() });

  constructor(options: AudioInOptions) {
    this.#options = options;
  }

  start(): void {
    this.#detach = this.#options.room.onEvent((event: RoomEvent) => {
      const { type } = event;
      if (type === 'track-started' || type === 'track-stopped' || type === 'track-muted')
        this.#choices.ask(event.track.identity);
    });
    this.choose();
  }

  /** Whether this participant has an open microphone that is sent to the model. */
  listensTo(identity: string): boolean {
    for (const { track } of this.#readers.values()) if (track.identity === identity) return true;
    return false;
  }

  /** Whether something that this person has said waits to be sent. */
  hasSpeechOf(identity: string): boolean {
    return this.#mixer instanceof FloorMixer && this.#mixer.hasSpeechOf(identity);
  }

  /** Reads the microphones that may be heard; call it when `hears` or `floor` may have changed. */
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
    this.#options.onOpen?.(new Set(this.#readers.keys()));
    this.#mix();
    if (this.#readers.size > 0) clearInterval(this.#silence);
    else if (before > 0) this.#stop();
  }

  close(): void {
    this.#detach();
    this.#choices.close();
    clearInterval(this.#silence);
    for (const reader of this.#readers.values()) reader.stop();
    this.#readers.clear();
    this.#replaceMixer(undefined);
  }

  #listen(track: RemoteTrack): void {
    const { sid } = track;
    const onFrame = (chunk: PcmChunk): void => {
      this.#options.onFrame?.(track, chunk);
      if (this.#mixer) this.#mixer.push(sid, chunk);
      else this.#options.send(chunk, track);
    };
    this.#readers.set(sid, { track, stop: this.#options.room.listen(sid, onFrame) });
    this.#add(track);
  }

  /** Creates the mixer that the present microphones need, and drops it where they need none. */
  #mix(): void {
    const floor = this.#options.floor();
    const isNeeded = this.#readers.size > 1 || (floor !== undefined && this.#readers.size > 0);
    if (!isNeeded) {
      this.#replaceMixer(undefined);
      this.#gone.clear();
      for (const sid of this.#readers.keys()) this.#spoken(sid);
    } else if (!this.#mixer || this.#floor !== floor) {
      this.#replaceMixer(floor ? this.#floorMixer(floor) : this.#overlapMixer());
      this.#floor = floor;
      for (const { track } of this.#readers.values()) this.#add(track);
    }
  }

  #replaceMixer(mixer: Mixer | FloorMixer | undefined): void {
    const before = this.#mixer;
    before?.flush();
    if (before instanceof FloorMixer) before.close();
    this.#mixer = mixer;
    this.#floor = undefined;
  }

  #overlapMixer(): Mixer {
    return new Mixer({
      send: (chunk, sid, others) => this.#sendOf(chunk, sid, others),
      onSpeaker: (sid) => this.#spoken(sid),
    });
  }

  #floorMixer(floor: FloorKeeper): FloorMixer {
    const { voiceActivity, onUnheard } = this.#options;
    return new FloorMixer({
      floor,
      voiceActivity: voiceActivity(),
      send: (chunk, sid) => this.#sendOf(chunk, sid),
      onSpeaker: (sid) => this.#spoken(sid),
      onUnheard,
    });
  }

  #sendOf(chunk: PcmChunk, sid: string | undefined, others?: readonly MixedVoice[]): void {
    const overlap = others?.flatMap(({ name, level }) => {
      const who = this.#trackOf(name);
      return who ? [{ who, level }] : [];
    });
    this.#options.send(chunk, sid === undefined ? sid : this.#trackOf(sid), overlap);
  }

  #add({ sid, identity }: RemoteTrack): void {
    if (this.#mixer instanceof FloorMixer) this.#mixer.add(sid, identity);
    else this.#mixer?.add(sid, sid === this.#speaker);
  }

  /** Also finds a microphone that has just closed: the mixer may still hold frames of it. */
  #trackOf(sid: string): RemoteTrack | undefined {
    return this.#readers.get(sid)?.track ?? this.#gone.get(sid);
  }

  #spoken(sid: string): void {
    if (sid === this.#speaker) return;
    this.#speaker = sid;
    this.#options.onMicrophone(this.#trackOf(sid));
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
