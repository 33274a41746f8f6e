// Sends audio to a session as a microphone does: in real time, in chunks, silence included.
import type { Session } from '@google/genai';

export interface Microphone {
  /** Sends the samples next, then goes on with silence; resolves when the last of them was sent. */
  say(samples: Int16Array): Promise<void>;
  stop(): void;
}

/** Begins to send silence at once. */
export function openMicrophone(session: Session, rate = 16_000, chunkMs = 20): Microphone {
  const size = (rate * chunkMs) / 1000;
  const silence = new Int16Array(size);
  const queue: { readonly samples: Int16Array; used: number; readonly done: () => void }[] = [];
  let sentMs = 0;
  const startMs = performance.now();
  const next = () => {
    const speech = queue[0];
    if (!speech) return silence;
    const chunk = new Int16Array(size);
    chunk.set(speech.samples.subarray(speech.used, speech.used + size));
    speech.used += size;
    if (speech.used >= speech.samples.length) {
      queue.shift();
      speech.done();
    }
    return chunk;
  };
  const timer = setInterval(() => {
    for (; sentMs <= performance.now() - startMs; sentMs += chunkMs) {
      const data = Buffer.from(next().buffer).toString('base64');
      session.sendRealtimeInput({ audio: { data, mimeType: `audio/pcm;rate=${rate}` } });
    }
  }, chunkMs / 2);
  return {
    say: (samples) =>
      new Promise((resolve) => {
        queue.push({ samples, used: 0, done: resolve });
      }),
    stop: () => clearInterval(timer),
  };
}

/** A loud tone: speech to a recogniser that measures loudness. */
export function tone(durationMs: number, rate = 16_000): Int16Array {
  return Int16Array.from({ length: (rate * durationMs) / 1000 }, (_, n) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 300 * n) / rate)),
  );
}
