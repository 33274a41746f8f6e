// Speech without models or threads, for tests of load and timing: loudness instead of recognition, tones instead of voices.
import { setImmediate as turn } from 'node:timers/promises';
import { Detector } from './detector.js';
import {
  INPUT_RATE,
  type Recogniser,
  type RecogniserEvent,
  type RecogniserOptions,
  type Speech,
  VOICE_RATE,
} from './port.js';
import { voiceNumber } from './voices.js';

const WINDOW_SAMPLES = 0.02 * INPUT_RATE;
/** Loudness (RMS of full scale 32768) that counts as speech with a probability of one half. */
const HALF_LOUDNESS = 400;

const MS_PER_CHARACTER = 60;
const MIN_SPOKEN_MS = 200;
const MAX_SPOKEN_MS = 30_000;
/** Whole periods of every frequency fit into a block, so blocks follow each other without a click. */
const BLOCK_MS = 100;
const BLOCK_SAMPLES = (BLOCK_MS * VOICE_RATE) / 1000;
const FREQUENCY_STEP_HZ = 1000 / BLOCK_MS;
const LOWEST_HZ = 200;
const FREQUENCIES = 60;
const AMPLITUDE = 8000;

const NAMED = ['puck', 'charon', 'kore', 'fenrir', 'aoede', 'leda', 'orus', 'zephyr'];

/** Opens at once, and costs about a microsecond for 20 ms of sound. Never recognises words. */
export function openTones(): Speech {
  const recognisers = new Set<ToneRecogniser>();
  const blocks = new Map<number, Int16Array>();
  return {
    recognises: false,
    openRecogniser: (options, listener) => {
      const recogniser = new ToneRecogniser(options, listener, () => recognisers.delete(recogniser));
      recognisers.add(recogniser);
      return recogniser;
    },
    say: (text, voice, signal) => hum(text, blockOf(blocks, toneFrequency(voice)), signal),
    close: async () => {
      for (const recogniser of [...recognisers]) recogniser.close();
    },
  };
}

/** The pitch of a voice's tone in Hz. The well-known voices all differ; others may share one. */
export function toneFrequency(voice: string): number {
  const name = voice.trim().toLowerCase();
  const known = NAMED.indexOf(name);
  const step = known >= 0 ? known * 3 : voiceNumber(name, FREQUENCIES);
  return LOWEST_HZ + step * FREQUENCY_STEP_HZ;
}

/** How long a text's tone lasts. */
export function toneDurationMs(text: string): number {
  return Math.min(MAX_SPOKEN_MS, Math.max(MIN_SPOKEN_MS, text.length * MS_PER_CHARACTER));
}

async function* hum(text: string, block: Int16Array, signal: AbortSignal): AsyncGenerator<Int16Array> {
  let left = Math.round((toneDurationMs(text) * VOICE_RATE) / 1000);
  while (left > 0 && !signal.aborted) {
    yield block.slice(0, Math.min(left, BLOCK_SAMPLES));
    left -= BLOCK_SAMPLES;
    // A consumer that never waits would otherwise keep every other session waiting.
    await turn();
  }
}

function blockOf(blocks: Map<number, Int16Array>, hz: number): Int16Array {
  let block = blocks.get(hz);
  if (!block) {
    block = new Int16Array(BLOCK_SAMPLES);
    const step = (2 * Math.PI * hz) / VOICE_RATE;
    for (let index = 0; index < BLOCK_SAMPLES; index++) block[index] = AMPLITUDE * Math.sin(step * index);
    blocks.set(hz, block);
  }
  return block;
}

class ToneRecogniser implements Recogniser {
  readonly #manual: boolean;
  readonly #listener: (event: RecogniserEvent) => void;
  readonly #closed: () => void;
  readonly #detector: Detector;
  #open = true;
  #received = 0;
  /** The window that is being filled: its beginning, how much of it is there, and its energy. */
  #windowStart = 0;
  #filled = 0;
  #energy = 0;

  constructor(
    options: RecogniserOptions & { readonly manual: boolean },
    listener: (event: RecogniserEvent) => void,
    closed: () => void,
  ) {
    this.#manual = options.manual;
    this.#listener = listener;
    this.#closed = closed;
    this.#detector = new Detector(options, WINDOW_SAMPLES);
  }

  push(samples: Int16Array): void {
    if (!this.#open) return;
    this.#received += samples.length;
    if (this.#manual) return;
    for (let at = 0; at < samples.length; ) {
      const end = Math.min(samples.length, at + WINDOW_SAMPLES - this.#filled);
      this.#filled += end - at;
      let energy = 0;
      for (; at < end; at++) energy += (samples[at] as number) * (samples[at] as number);
      this.#energy += energy;
      if (this.#filled === WINDOW_SAMPLES) this.#finishWindow();
    }
  }

  begin(): void {
    if (!this.#open || this.#detector.speaking) return;
    this.#detector.open(this.#received);
    this.#emit({ type: 'started', offset: this.#received });
  }

  end(): void {
    if (!this.#open) return;
    const { speaking, pause } = this.#detector;
    if (speaking) this.#emitEnd(pause < 0 ? this.#received : pause);
    this.#detector.reset();
  }

  close(): void {
    this.#open = false;
    this.#closed();
  }

  #finishWindow(): void {
    const loudness = Math.sqrt(this.#energy / WINDOW_SAMPLES);
    const start = this.#windowStart;
    this.#windowStart += WINDOW_SAMPLES;
    this.#filled = 0;
    this.#energy = 0;
    // Rises with the level like a probability, so that the thresholds of the options apply.
    const change = this.#detector.step(loudness / (loudness + HALF_LOUDNESS), start);
    if (change === 'started') this.#emit({ type: 'started', offset: this.#detector.onset });
    else if (change === 'ended') {
      const { pause } = this.#detector;
      this.#detector.reset();
      this.#emitEnd(pause);
    }
  }

  #emitEnd(offset: number): void {
    this.#emit({ type: 'ended', offset });
    this.#emit({ type: 'heard', text: '', offset });
  }

  /** Asynchronous like the models: no listener is called inside push(). */
  #emit(event: RecogniserEvent): void {
    queueMicrotask(() => {
      if (this.#open) this.#listener(event);
    });
  }
}
