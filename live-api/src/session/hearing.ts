// Feeds a session's audio to its recogniser and reports, in order, the start, the end and the words of utterances.

import { AudioInput } from '../audio/input.js';
import type { Cancel, Clock } from '../clock/clock.js';
import type { SessionConfig } from '../models/check-setup.js';
import type { Recogniser, RecogniserEvent, Speech } from '../speech/port.js';
import type { Media } from '../wire/client-message.js';

export interface Utterance {
  /** Empty when no words were recognised. */
  readonly text: string;
  readonly durationMs: number;
}

export interface HearingListener {
  onStart(): void;
  /** The words so far of what is being said, where interim transcripts are wanted. */
  onPartial(text: string, stretch: { readonly startMs: number; readonly endMs: number }): void;
  onEnd(utterance: Utterance): void;
}

const SAMPLES_PER_MS = 16;
const MIN_SPEECH_MS = 180;
/** How late chunks of a continuous stream may be. */
const ARRIVAL_JITTER_MS = 100;

/** Opens a recogniser and feeds it. */
export class Hearing {
  readonly #input = new AudioInput();
  readonly #recogniser: Recogniser;
  readonly #listener: HearingListener;
  readonly #manual: boolean;
  readonly #clock: Clock;
  /** An utterance ends after this time without audio. */
  readonly #stallMs: number;
  #lastAudioMs = 0;
  #cancelStall: Cancel | undefined;
  /** `started` events that wait for the words of the utterance before. */
  #state: 'silent' | 'speaking' | 'recognising' = 'silent';
  #startedAgain: number | undefined;
  #endedAgain: number[] = [];
  #onset = 0;
  #end = 0;
  #window = false;
  /** Utterances to come that are not reported. */
  #swallow = 0;
  #swallowed = false;

  /** `interimMs`: speech between two partial transcripts. */
  constructor(
    speech: Speech,
    config: SessionConfig,
    interimMs: number,
    clock: Clock,
    listener: HearingListener,
  ) {
    this.#manual = config.manualActivity;
    this.#clock = clock;
    this.#listener = listener;
    const options = {
      ...recogniserOptions(config),
      ...(config.interimTranscripts && { partials: { everyMs: interimMs } }),
    };
    this.#stallMs = options.silenceMs + ARRIVAL_JITTER_MS;
    this.#recogniser = speech.openRecogniser(options, (event) => this.#onEvent(event));
  }

  get speaking(): boolean {
    return this.#state !== 'silent' || this.#window;
  }

  /** Returns how many samples at 16 kHz came in. Outside of a manual activity they are not heard. */
  push(media: Media): number {
    const samples = this.#input.read(media);
    const { length } = samples;
    if (length > 0 && (!this.#manual || this.#window)) {
      this.#recogniser.push(samples);
      this.#watchStall();
    }
    return length;
  }

  /** Whether the next utterance is not reported. */
  get swallowsNext(): boolean {
    return this.#swallow > 0;
  }

  /** Reports nothing of the next utterances. */
  swallow(count: number): void {
    this.#swallow += count;
  }

  begin(): void {
    if (this.#window) return;
    this.#window = true;
    this.#recogniser.begin();
  }

  end(): void {
    if (!this.#window) return;
    this.#window = false;
    this.#recogniser.end();
  }

  /** The microphone was switched off: what was being said ends here, also when its start is not reported yet. */
  streamEnd(): void {
    this.#recogniser.end();
  }

  /** A stream that stops ends its utterance: the silence that follows is measured by the clock instead of by audio. */
  #watchStall(): void {
    if (this.#manual) return;
    this.#lastAudioMs = this.#clock.now();
    if (this.#cancelStall) return;
    const check = () => {
      const leftMs = this.#lastAudioMs + this.#stallMs - this.#clock.now();
      this.#cancelStall = leftMs > 1 ? this.#clock.after(leftMs, check) : undefined;
      if (!this.#cancelStall) this.#recogniser.end();
    };
    this.#cancelStall = this.#clock.after(this.#stallMs, check);
  }

  close(): void {
    this.#cancelStall?.();
    this.#recogniser.close();
  }

  #onEvent(event: RecogniserEvent): void {
    switch (event.type) {
      case 'started':
        if (this.#state === 'recognising') this.#startedAgain = event.offset;
        else this.#start(event.offset);
        return;
      case 'partial':
        if (this.#state === 'speaking' && !this.#swallowed)
          this.#listener.onPartial(event.text, {
            startMs: this.#onset / SAMPLES_PER_MS,
            endMs: event.offset / SAMPLES_PER_MS,
          });
        return;
      case 'ended':
        if (this.#startedAgain !== undefined) this.#endedAgain.push(event.offset);
        else this.#ended(event.offset);
        return;
      case 'heard':
        this.#heard(event.text);
    }
  }

  #start(offset: number): void {
    this.#state = 'speaking';
    this.#onset = offset;
    this.#swallowed = this.#swallow > 0;
    if (this.#swallowed) this.#swallow--;
    else this.#listener.onStart();
  }

  #ended(offset: number): void {
    this.#state = 'recognising';
    this.#end = offset;
  }

  #heard(text: string): void {
    this.#state = 'silent';
    if (!this.#swallowed)
      this.#listener.onEnd({ text, durationMs: Math.max(0, this.#end - this.#onset) / SAMPLES_PER_MS });
    const onset = this.#startedAgain;
    if (onset === undefined) return;
    this.#startedAgain = undefined;
    this.#start(onset);
    const end = this.#endedAgain.shift();
    if (end !== undefined) this.#ended(end);
  }
}

function recogniserOptions({ detection, model, manualActivity }: SessionConfig) {
  const eager = detection.startOfSpeechSensitivity !== 'START_SENSITIVITY_LOW';
  const patient = detection.endOfSpeechSensitivity === 'END_SENSITIVITY_LOW';
  return {
    startThreshold: eager ? 0.5 : 0.7,
    endThreshold: patient ? 0.25 : 0.35,
    minSpeechMs: MIN_SPEECH_MS,
    silenceMs: detection.silenceDurationMs ?? (patient ? model.silenceMs * 1.5 : model.silenceMs),
    prefixMs: Math.max(detection.prefixPaddingMs ?? 0, 300),
    manual: manualActivity,
  };
}
