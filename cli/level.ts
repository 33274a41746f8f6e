// The level of PCM16 audio in windows of 10 ms, and its stretches of sound.

/** Length of one window of an envelope. */
export const WINDOW_MS = 10;

/**
 * The RMS (of 32768) above which a window counts as sound: about -44 dBFS, well over
 * the comfort noise of a codec and well under soft speech.
 */
export const SOUND_RMS = 200;

/** Less sound than this is a click, not an answer. */
export const ANSWER_MS = 200;

/** A stretch of sound, in ms from the start of what it was found in. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  /** RMS over the stretch, of 32768. */
  readonly rms: number;
}

export function rmsOf(samples: Int16Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

/** The RMS of each 10 ms; a rest at the end that is shorter than that is left out. */
export function envelopeOf(samples: Int16Array, rate: number): Float32Array {
  const size = (rate * WINDOW_MS) / 1000;
  const windows = new Float32Array(Math.floor(samples.length / size));
  for (let window = 0; window < windows.length; window++) {
    const to = Math.floor((window + 1) * size);
    let sum = 0;
    let count = 0;
    for (let index = Math.floor(window * size); index < to; index++, count++) {
      const sample = samples[index] as number;
      sum += sample * sample;
    }
    windows[window] = Math.sqrt(sum / count);
  }
  return windows;
}

/** How many ms of an envelope are sound. */
export function soundMs(envelope: Float32Array, threshold = SOUND_RMS): number {
  let windows = 0;
  for (const level of envelope) if (level > threshold) windows++;
  return windows * WINDOW_MS;
}

/** The stretches of sound in an envelope; silences shorter than `bridgeMs` do not separate them. */
export function stretchesOf(envelope: Float32Array, threshold = SOUND_RMS, bridgeMs = 300): Stretch[] {
  const stretches: Stretch[] = [];
  let from = -1;
  let last = -1;
  const close = (): void => {
    if (from < 0) return;
    stretches.push({
      fromMs: from * WINDOW_MS,
      toMs: (last + 1) * WINDOW_MS,
      rms: rmsOfWindows(envelope, from, last + 1),
    });
    from = -1;
  };
  for (let window = 0; window < envelope.length; window++) {
    if ((envelope[window] as number) <= threshold) continue;
    if (from >= 0 && (window - last - 1) * WINDOW_MS >= bridgeMs) close();
    if (from < 0) from = window;
    last = window;
  }
  close();
  return stretches;
}

/**
 * Where the last sound of a recording ends, in ms. The threshold rises with the loudest
 * window, so that the hiss behind a loud voice does not count as speech.
 */
export function lastSoundMs(samples: Int16Array, rate: number): number {
  const envelope = envelopeOf(samples, rate);
  let loudest = 0;
  for (const level of envelope) loudest = Math.max(loudest, level);
  const threshold = Math.max(SOUND_RMS, loudest * 0.05);
  for (let window = envelope.length - 1; window >= 0; window--) {
    if ((envelope[window] as number) > threshold) return (window + 1) * WINDOW_MS;
  }
  return 0;
}

function rmsOfWindows(envelope: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let window = from; window < to; window++) sum += (envelope[window] as number) ** 2;
  return Math.sqrt(sum / Math.max(1, to - from));
}
