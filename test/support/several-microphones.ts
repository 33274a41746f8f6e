// A talk of several people with open microphones, and what the model was sent of it: how far from real time, and what is missing.
import type { LiveApiServer, LiveApiSession } from '@gemini-room-agent/live-api';
import type { Person } from '../../cli/person.js';
import { startCall, type TestCall } from './call.js';
import { audioInputs, sessionOf } from './heard-by-model.js';
import type { LiveKitServer } from './livekit-server.js';
import { amplitudeAt, concat, silence, sine } from './tone.js';

const RATE = 16_000;
const FRAME_MS = 20;
/** Each person has a tone of their own: they differ by multiples of 50 Hz, which a frame of 20 ms distinguishes. */
const TONES_HZ: readonly number[] = [450, 700, 1_000, 1_400, 1_900];
const AMPLITUDE = 4_000;
/** On the same scale: what a codec leaves of a tone, and more than it adds to others. */
const CLEAR = 1_500;
/** Of all: what was sent ahead is repaid within it, and it is long enough to compare with the clock. */
const PAUSE_MS = 3_000;
/** How often a stream that is off is looked at again. */
const LATE_TIMES = 8;
export const NEAR_MS = 20;
/** The part of a pause in which the stream is compared with the clock. */
const COMPARED_MS = 1_200;

export interface TalkFigures {
  /** What was sent beyond real time between a pause of all and the next, in ms; below 0 where the stream fell behind. */
  readonly driftMs: readonly number[];
  /** Of each person: how long their tones were, and how much of them was sent. */
  readonly tones: readonly { readonly spokenMs: number; readonly sentMs: number }[];
}

/** A call with so many people, all with open microphones. */
export async function openMicrophones(
  count: number,
  options: { readonly livekit: LiveKitServer; readonly liveApi: LiveApiServer },
): Promise<{ readonly call: TestCall; readonly people: readonly Person[] }> {
  const call = await startCall(options);
  const people = [call.person];
  for (let index = 1; index < count; index += 1) people.push(await call.join(`person-${index}`));
  for (const person of people)
    await person.waitFor(() => person.state() === 'listening' && person.listenedTo, 15_000);
  return { call, people };
}

/**
 * Rounds in which everybody speaks in tones of 0.4 to 1.6 s with pauses, mostly over others, and then all are silent.
 *
 * @param meanwhile runs in each round while they speak
 */
export async function talkInTones(
  people: readonly Person[],
  liveApi: LiveApiServer,
  {
    rounds,
    roundMs,
    meanwhile = () => {},
  }: {
    readonly rounds: number;
    readonly roundMs: number;
    readonly meanwhile?: () => void;
  },
): Promise<TalkFigures> {
  const random = seeded(7);
  const stream = new SentStream(sessionOf(liveApi));
  const spokenMs = people.map(() => 0);
  const aheadMs: number[] = [];
  const speak = async (samples: readonly Int16Array[]): Promise<void> => {
    await Promise.all(people.map((person, index) => person.speak(samples[index] ?? silence(0, RATE), RATE)));
    stream.read();
  };
  const pause = async (): Promise<void> => {
    await speak(people.map(() => silence(PAUSE_MS, RATE)));
    let ahead = stream.aheadMs(COMPARED_MS);
    // What comes late on a busy machine is no drift: a stream that has lost something, or sent too much, stays off.
    const [first = ahead] = aheadMs;
    for (let times = 0; Math.abs(ahead - first) > NEAR_MS && times < LATE_TIMES; times += 1) {
      await speak(people.map(() => silence(COMPARED_MS, RATE)));
      ahead = stream.aheadMs(COMPARED_MS);
    }
    aheadMs.push(ahead);
  };
  await pause();
  for (let round = 0; round < rounds; round += 1) {
    const parts = people.map((_, index) => tones(TONES_HZ[index] ?? 450, roundMs, random));
    parts.forEach((part, index) => {
      spokenMs[index] = (spokenMs[index] ?? 0) + part.spokenMs;
    });
    const speaking = speak(parts.map(({ samples }) => samples));
    meanwhile();
    await speaking;
    await pause();
  }
  stream.close();
  return {
    driftMs: aheadMs.slice(1).map((ms) => Math.round(ms - (aheadMs[0] ?? 0))),
    tones: people.map((_, index) => ({
      spokenMs: Math.round(spokenMs[index] ?? 0),
      sentMs: stream.toneMs[index] ?? 0,
    })),
  };
}

/** Stops every stream of this process for as long: what was said meanwhile comes at once. */
export function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function tones(
  hz: number,
  durationMs: number,
  random: () => number,
): { samples: Int16Array; spokenMs: number } {
  const parts: Int16Array[] = [];
  let spokenMs = 0;
  let leftMs = durationMs;
  for (;;) {
    const pauseMs = 300 + random() * 1_500;
    const toneMs = 400 + random() * 1_200;
    if (pauseMs + toneMs > leftMs) break;
    parts.push(silence(pauseMs, RATE), sine(hz, toneMs, RATE, AMPLITUDE));
    spokenMs += toneMs;
    leftMs -= pauseMs + toneMs;
  }
  return { samples: concat(...parts, silence(leftMs, RATE)), spokenMs };
}

/** Follows the audio of a session, of which the server keeps the newest messages alone. */
class SentStream {
  readonly toneMs = TONES_HZ.map(() => 0);
  readonly #session: LiveApiSession;
  readonly #timer: NodeJS.Timeout;
  #lastAtMs: number;
  #sentMs = 0;
  /** When each frame was received, and what had been sent by then. */
  #arrivals: { readonly atMs: number; readonly sentMs: number }[] = [];

  constructor(session: LiveApiSession) {
    this.#session = session;
    this.#lastAtMs = session.frames.at(-1)?.atMs ?? 0;
    this.#timer = setInterval(() => this.read(), 5_000);
  }

  read(): void {
    const frames = this.#session.frames.filter(({ atMs }) => atMs > this.#lastAtMs);
    this.#lastAtMs = frames.at(-1)?.atMs ?? this.#lastAtMs;
    for (const input of audioInputs({ frames })) {
      if (!('samples' in input)) continue;
      this.#sentMs += (input.samples.length / RATE) * 1_000;
      this.#arrivals.push({ atMs: input.atMs, sentMs: this.#sentMs });
      TONES_HZ.forEach((hz, index) => {
        if (amplitudeAt(input.samples, RATE, hz) > CLEAR)
          this.toneMs[index] = (this.toneMs[index] ?? 0) + FRAME_MS;
      });
    }
  }

  /** How much more was sent than time has passed, at most within the last so many ms: a frame that is late hides nothing. */
  aheadMs(withinMs: number): number {
    const lastAtMs = this.#arrivals.at(-1)?.atMs ?? 0;
    const newest = this.#arrivals.filter(({ atMs }) => lastAtMs - atMs <= withinMs);
    this.#arrivals = newest;
    return Math.max(...newest.map(({ atMs, sentMs }) => sentMs - atMs));
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** The same numbers in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
