// Lane: keeps what people say over a protected greeting from the model, and sends it once the greeting has been heard.
import { Gate } from '../audio/gate.js';
import { durationMs, type PcmChunk } from '../audio/pcm.js';
import type { Overlap, RemoteTrack } from '../room/port.js';
import { Backlog } from '../session/backlog.js';

/** A greeting that has not begun by then, counted from the first sound that is kept, does not come. */
const BEGINS_WITHIN_MS = 15_000;
/** No greeting is protected for longer: the people would believe not to be heard. */
const LASTS_AT_MOST_MS = 60_000;
/** 10 s of speech; beyond it the oldest is dropped. */
const MOST_KEPT = 500;
/** 240 ms of what came last, which hold the beginning of a word that is spoken as the greeting ends. */
const RECENT_FRAMES = 12;

/** What the microphones send to the session. */
export interface SpokenInput {
  sendAudio(chunk: PcmChunk, track: RemoteTrack | undefined, others?: Overlap): void;
  endAudio(): void;
  startActivity(): void;
  endActivity(): void;
}

type Kept =
  | {
      readonly type: 'audio';
      readonly chunk: PcmChunk;
      readonly track: RemoteTrack | undefined;
      readonly others?: Overlap | undefined;
    }
  | { readonly type: 'stream-end' | 'activity-start' | 'activity-end' };

export interface GreetingGuardOptions {
  /** Whether this call has a greeting, and it is protected. */
  readonly isNeeded: boolean;
  /** What is said between two activities is kept whole, other audio only where somebody speaks. */
  readonly isManual: () => boolean;
  readonly input: SpokenInput;
  /** So much of what was said over the greeting was dropped. */
  readonly onUnheard: (ms: number) => void;
}

export class GreetingGuard implements SpokenInput {
  readonly #options: GreetingGuardOptions;
  readonly #backlog: Backlog<Kept>;
  readonly #gate = new Gate();
  #state: 'waiting' | 'sent' | 'heard' | 'over';
  #kept: Kept[] = [];
  #droppedMs = 0;
  /** Frames that have not passed the gate. */
  #recent: Kept[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GreetingGuardOptions) {
    this.#options = options;
    this.#state = options.isNeeded ? 'waiting' : 'over';
    this.#backlog = new Backlog((input) => this.#send(input));
  }

  /** The greeting is to come, or is being heard: nothing that is said interrupts it. */
  get isActive(): boolean {
    return this.#state !== 'over';
  }

  /** The greeting was sent to the model. */
  sent(): void {
    if (this.#state === 'waiting') this.#state = 'sent';
  }

  /** Whether the voice is audible. */
  voice(audible: boolean): void {
    if (audible && this.#state === 'sent') {
      this.#state = 'heard';
      this.#endIn(LASTS_AT_MOST_MS);
    } else if (!audible && this.#state === 'heard') {
      this.#end();
    }
  }

  sendAudio(chunk: PcmChunk, track: RemoteTrack | undefined, others?: Overlap): void {
    const frame: Kept = { type: 'audio', chunk, track, others };
    if (!this.isActive) this.#pass(frame);
    else if (this.#options.isManual()) this.#keep(frame);
    else this.#keepSpeech(frame);
  }

  endAudio(): void {
    this.#pass({ type: 'stream-end' });
  }

  startActivity(): void {
    this.#pass({ type: 'activity-start' });
  }

  endActivity(): void {
    this.#pass({ type: 'activity-end' });
  }

  /** The last turn that was opened by command is taken back: it must not be answered. */
  discard(): void {
    if (this.isActive) this.#kept = beforeLastTurn(this.#kept);
    else this.#backlog.start(beforeLastTurn(this.#backlog.stop()));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#state = 'over';
    this.#kept = [];
    this.#backlog.stop();
  }

  #keepSpeech(frame: Extract<Kept, { type: 'audio' }>): void {
    const passed: PcmChunk[] = [];
    this.#gate.pass(frame.chunk, passed);
    this.#recent.push(frame);
    if (passed.length === 0) {
      if (this.#recent.length > RECENT_FRAMES) this.#recent.shift();
      return;
    }
    for (const recent of this.#recent.splice(0)) this.#keep(recent);
  }

  #keep(input: Kept): void {
    this.#kept.push(input);
    if (this.#kept.length > MOST_KEPT) {
      // activityStart is kept when the oldest audio after it is dropped: activityEnd without it is refused.
      const oldest = this.#kept.findIndex(({ type }) => type === 'audio');
      const [dropped] = this.#kept.splice(Math.max(0, oldest), 1);
      if (dropped?.type === 'audio') this.#droppedMs += durationMs(dropped.chunk);
    }
    if (!this.#timer) this.#endIn(BEGINS_WITHIN_MS);
  }

  #pass(input: Kept): void {
    if (this.isActive) this.#keep(input);
    else if (this.#backlog.isEmpty) this.#send(input);
    else this.#backlog.add(input);
  }

  #endIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(), ms);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#state = 'over';
    if (this.#droppedMs > 0) this.#options.onUnheard(this.#droppedMs);
    this.#backlog.start([...this.#kept.splice(0), ...this.#recent.splice(0)]);
  }

  #send(input: Kept): void {
    const { input: session } = this.#options;
    switch (input.type) {
      case 'audio':
        session.sendAudio(input.chunk, input.track, input.others);
        break;
      case 'stream-end':
        session.endAudio();
        break;
      case 'activity-start':
        session.startActivity();
        break;
      case 'activity-end':
        session.endActivity();
    }
  }
}

function beforeLastTurn(inputs: readonly Kept[]): Kept[] {
  return inputs.slice(
    0,
    Math.max(
      0,
      inputs.findLastIndex(({ type }) => type === 'activity-start'),
    ),
  );
}
