// Lane: push-to-talk. Only audio between start_turn and end_turn of a participant is sent, with a pre-roll.
import { durationMs, type PcmChunk } from '../audio/pcm.js';
import type { RemoteTrack, RoomEvent, RoomPort } from '../room/port.js';
import type { ModelSession } from '../session/port.js';

/** Audio kept from before a turn is opened: people begin to speak while they press the button. */
export const PRE_ROLL_MS = 400;
/** Commands arrive before the audio of the same moment: a turn stays open this long for its last syllable. */
export const TAIL_MS = 100;
/** Of a microphone without a sound, as one that is muted by its own switch, no decoded sample is louder than 1. */
const SILENT_PEAK = 4;
/** A client may mute before it cancels, which ends the turn: `cancel_turn` is accepted for this long after that. */
const CANCEL_AFTER_MS = 1_500;

export interface ManualTurnsOptions {
  readonly room: RoomPort;
  readonly session: Pick<ModelSession, 'sendAudio' | 'startActivity' | 'endActivity'>;
  /** Whether this person may be heard. */
  readonly hears: (track: Pick<RemoteTrack, 'identity' | 'source'>) => boolean;
  readonly onStarted: (identity: string) => void;
  readonly onEnded: (identity: string) => void;
  /** The turn of this participant is over for the others: its last syllable may still follow. */
  readonly onReleased: (identity: string) => void;
  /** A turn that was ended before is cancelled: it must not be answered. */
  readonly onCancelled: (identity: string) => void;
  /** The microphone that is sent to the model. */
  readonly onMicrophone: (track: RemoteTrack) => void;
}

interface MicrophoneReader {
  readonly track: RemoteTrack;
  readonly stop: () => void;
  recent: PcmChunk[];
  recentMs: number;
}

interface OpenTurn {
  readonly identity: string;
  /** The microphone that is sent; undefined until it is published or unmuted. */
  sid: string | undefined;
  /** Its activity has begun, with its first sound: a model would answer a turn without any. */
  sent: boolean;
  /** The timer of TAIL_MS after end_turn. */
  tail: NodeJS.Timeout | undefined;
}

export class ManualTurns {
  readonly #options: ManualTurnsOptions;
  readonly #readers = new Map<string, MicrophoneReader>();
  #detach: () => void = () => {};
  #turn: OpenTurn | undefined;
  #endedByRoom: { readonly identity: string; readonly atMs: number } | undefined;

  constructor(options: ManualTurnsOptions) {
    this.#options = options;
  }

  /** Begins to read the microphones. */
  start(): void {
    this.#detach = this.#options.room.onEvent((event) => this.#onRoom(event));
    this.choose();
  }

  /** The participant with the open turn. */
  get holder(): string | undefined {
    return this.#turn?.identity;
  }

  /** Whether this participant may open a turn. */
  isFor(identity: string): boolean {
    return this.#options.hears({ identity, source: 'microphone' });
  }

  /** Opens a turn; false while another participant has one. A second call of its holder continues the turn. */
  open(identity: string): boolean {
    const before = this.#turn;
    if (before && before.tail === undefined) return before.identity === identity;
    if (before) this.#end();
    this.#endedByRoom = undefined;
    const turn: OpenTurn = { identity, sid: undefined, sent: false, tail: undefined };
    this.#turn = turn;
    this.#options.onStarted(identity);
    this.#useMicrophone(turn);
    return true;
  }

  /** Closes a turn; no effect where a mute or an unpublished track has closed it already. */
  end(identity: string): void {
    const turn = this.#turn;
    if (turn?.identity !== identity || turn.tail !== undefined) return;
    this.#options.onReleased(identity);
    if (turn.sid === undefined) this.#end();
    else turn.tail = setTimeout(() => this.#end(), TAIL_MS);
  }

  /** Cancels a turn; false when this participant has none. */
  cancel(identity: string): boolean {
    if (this.#turn?.identity === identity) this.#end();
    else if (!this.#endedJustNow(identity)) return false;
    this.#endedByRoom = undefined;
    this.#options.onCancelled(identity);
    return true;
  }

  close(): void {
    this.#detach();
    if (this.#turn) this.#end();
    for (const reader of this.#readers.values()) reader.stop();
    this.#readers.clear();
  }

  #endedJustNow(identity: string): boolean {
    const ended = this.#endedByRoom;
    return ended?.identity === identity && performance.now() - ended.atMs < CANCEL_AFTER_MS;
  }

  #end(): void {
    const turn = this.#turn;
    if (!turn) return;
    clearTimeout(turn.tail);
    this.#turn = undefined;
    if (turn.sent) this.#options.session.endActivity();
    this.#options.onReleased(turn.identity);
    this.#options.onEnded(turn.identity);
  }

  #endByRoom(): void {
    const identity = this.#turn?.identity;
    if (identity === undefined) return;
    this.#end();
    this.#endedByRoom = { identity, atMs: performance.now() };
  }

  #onRoom(event: RoomEvent): void {
    switch (event.type) {
      case 'track-started':
      case 'track-stopped':
      case 'track-muted':
        this.choose();
        return;
      case 'participant-left':
        if (event.participant.identity === this.#turn?.identity) this.#endByRoom();
        return;
      default:
        return;
    }
  }

  /** Reads every microphone that may be heard, because a turn begins with PRE_ROLL_MS before start_turn. */
  choose(): void {
    const { room, hears } = this.#options;
    const open = room
      .tracks()
      .filter((track) => track.source === 'microphone' && !track.muted && hears(track));
    for (const [sid, reader] of this.#readers) {
      if (open.some((track) => track.sid === sid)) continue;
      reader.stop();
      this.#readers.delete(sid);
      if (this.#turn?.sid === sid) this.#endByRoom();
    }
    for (const track of open) {
      if (this.#readers.has(track.sid)) continue;
      const stop = room.listen(track.sid, (chunk) => this.#onFrame(track.sid, chunk));
      this.#readers.set(track.sid, { track, stop, recent: [], recentMs: 0 });
    }
    if (this.#turn && this.#turn.sid === undefined) this.#useMicrophone(this.#turn);
  }

  #useMicrophone(turn: OpenTurn): void {
    for (const [sid, reader] of this.#readers) {
      if (reader.track.identity !== turn.identity) continue;
      turn.sid = sid;
      this.#options.onMicrophone(reader.track);
      if (reader.recent.some(hasSound)) this.#begin(turn, reader);
      return;
    }
  }

  /** The first sound of a turn: its activity begins with what came just before it. */
  #begin(turn: OpenTurn, reader: MicrophoneReader): void {
    const { session } = this.#options;
    turn.sent = true;
    session.startActivity();
    for (const chunk of reader.recent) session.sendAudio(chunk);
    reader.recent = [];
    reader.recentMs = 0;
  }

  #onFrame(sid: string, chunk: PcmChunk): void {
    if (chunk.samples.length === 0) return;
    const turn = this.#turn?.sid === sid ? this.#turn : undefined;
    if (turn?.sent) {
      this.#options.session.sendAudio(chunk);
      return;
    }
    const reader = this.#readers.get(sid);
    if (!reader) return;
    this.#keep(reader, chunk);
    if (turn && hasSound(chunk)) this.#begin(turn, reader);
  }

  #keep(reader: MicrophoneReader, chunk: PcmChunk): void {
    reader.recent.push(chunk);
    reader.recentMs += durationMs(chunk);
    while (reader.recentMs > PRE_ROLL_MS) {
      const oldest = reader.recent.shift();
      if (!oldest) return;
      reader.recentMs -= durationMs(oldest);
    }
  }
}

function hasSound({ samples }: PcmChunk): boolean {
  return samples.some((sample) => sample > SILENT_PEAK || sample < -SILENT_PEAK);
}
