// A loudspeaker and a microphone in one room, faster than real time: what local barge-in makes of the voice that comes
// back, of noise, and of a person who speaks over it.
import { INPUT_RATE } from '../../src/audio/pcm.js';
import type { Played } from '../../src/audio/recent-audio.js';
import type { VoiceActivity } from '../../src/audio/voice-activity.js';
import { BargeIn } from '../../src/lanes/barge-in.js';
import { openEchoCanceller } from '../../src/room/native/echo-canceller.js';
import { quietLog } from './supervised.js';

const FRAME = INPUT_RATE / 50;
const WINDOW = 512;
/** From the source to a loudspeaker, and from a microphone to us; through the jitter buffers of a bad network it is 600. */
const LOOP_MS = 120;
/** Windows that the detection may be behind, as in real time: more would be judged by what is known of the echo later. */
const BEHIND = 1;

export const samplesOf = (ms: number): number => Math.round((ms * INPUT_RATE) / 1000);

/** When the voice was held and the answer ended, in ms of the microphone. */
export interface Reaction {
  readonly holds: readonly number[];
  readonly ends: readonly number[];
}

/** To 24 kHz, as the agent plays it. */
export function upsampled(samples: Int16Array): Int16Array {
  const up = new Int16Array(Math.floor(samples.length * 1.5));
  for (let at = 0; at < up.length; at += 1) {
    const from = at / 1.5;
    const before = Math.floor(from);
    const [a = 0, b = 0] = [samples[before], samples[before + 1]];
    up[at] = a + (b - a) * (from - before);
  }
  return up;
}

/** As a loudspeaker and a room return it: late, softer, with reflections that fade by 60 dB in 300 ms. */
export function echoOf(
  voice: Int16Array,
  delayMs: number | ((atMs: number) => number),
  gainDb: number,
  loopMs = LOOP_MS,
): Float32Array {
  const echo = new Float32Array(voice.length);
  const gain = 10 ** (gainDb / 20);
  const taps: [number, number][] = [[0, 1]];
  for (let tap = 1; tap <= 24; tap += 1) {
    const lateMs = tap * 7.3 + (tap % 3) * 2.1;
    taps.push([lateMs, (tap % 2 ? -0.6 : 0.6) * 10 ** ((-60 * lateMs) / 300 / 20)]);
  }
  for (const [lateMs, level] of taps) {
    for (let at = 0; at < echo.length; at += 1) {
      const laterMs = typeof delayMs === 'number' ? delayMs : delayMs((at * 1000) / INPUT_RATE);
      const played = voice[at - samplesOf(loopMs + laterMs + lateMs)] ?? 0;
      echo[at] = (echo[at] ?? 0) + played * gain * level;
    }
  }
  return echo;
}

/** Clips one after the other, over and over, with pauses of various lengths between them. */
export function spoken(clips: readonly Int16Array[], durationMs: number): Int16Array {
  const voice = new Int16Array(samplesOf(durationMs));
  let at = 0;
  for (let index = 0; at < voice.length; index += 1) {
    const clip = clips[index % clips.length] ?? new Int16Array(1);
    voice.set(clip.subarray(0, voice.length - at), at);
    at += clip.length + samplesOf([700, 250, 2_500, 400][index % 4] ?? 0);
  }
  return voice;
}

/** Adds a clip to a microphone. */
export function mixInto(microphone: Float32Array, clip: Int16Array, atMs: number, gain = 1): void {
  const from = samplesOf(atMs);
  for (let at = 0; at < clip.length && from + at < microphone.length; at += 1)
    microphone[from + at] = (microphone[from + at] ?? 0) + (clip[at] ?? 0) * gain;
}

/** Plays a voice and hears a microphone of the same length. The voice itself goes on, whatever is held. */
export async function react(
  detection: VoiceActivity,
  voice: Int16Array,
  microphone: Float32Array,
): Promise<Reaction> {
  const up = upsampled(voice);
  let position = 0;
  const played: Played = {
    get playing() {
      return position < up.length ? position : undefined;
    },
    read: (into, from) => {
      for (let at = 0; at < into.length; at += 1) into[at] = up[from + at] ?? 0;
    },
  };
  const [holds, ends]: [number[], number[]] = [[], []];
  let windows = 0;
  let awaited: { readonly windows: number; readonly resolve: () => void } | undefined;
  const judged = (count: number): Promise<void> =>
    new Promise((resolve) => {
      if (windows >= count) resolve();
      else awaited = { windows: count, resolve };
    });
  const lane = new BargeIn({
    openDetection: () => ({
      detect: (onWindow) =>
        detection.detect((probability) => {
          windows += 1;
          onWindow(probability);
          if (awaited && windows >= awaited.windows) awaited.resolve();
        }),
      close: () => {},
    }),
    openCanceller: () => openEchoCanceller(played, quietLog),
    hold: () => holds.push((windows * 1000 * WINDOW) / INPUT_RATE) > 0,
    resume: () => {},
    interrupt: () => void ends.push((windows * 1000 * WINDOW) / INPUT_RATE),
  });
  const track = { sid: 'TR_1', identity: 'ana', source: 'microphone', kind: 'audio', muted: false } as const;
  for (let at = 0; at + FRAME <= microphone.length; at += FRAME) {
    const samples = Int16Array.from(microphone.subarray(at, at + FRAME), (sample) =>
      Math.max(-32_768, Math.min(32_767, Math.round(sample))),
    );
    lane.frame(track, { samples, rate: INPUT_RATE });
    position += FRAME * 1.5;
    await judged(Math.floor((at + FRAME) / WINDOW) - BEHIND);
  }
  await judged(Math.floor(microphone.length / WINDOW) - 1);
  lane.close();
  return { holds, ends };
}
