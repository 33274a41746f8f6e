// Calls with continuous talk, and the CPU, memory and audio losses of a worker during them.
import { setTimeout as delay } from 'node:timers/promises';
import { prepareAnswer } from '../live-api/answer.js';
import { INPUT_RATE } from '../live-api/stand-in.js';
import type { TalkingCall } from '../measure/call.js';
import type { BenchWorker } from './worker.js';

/** In each turn the person speaks as long as the model does: the voice of a call is to be heard half of the time. */
const SPOKEN_MS = 3_000;
const ANSWER = prepareAnswer(3_000);
const TURN_MS = SPOKEN_MS + ANSWER.durationMs;
const SILENCE_MS = 300;
const HEARD_WITHIN_MS = 3_000;
/** Until what is called often is compiled. */
const WARMING_MS = TURN_MS;

/** What was said and heard in a span. */
interface Tally {
  answeredMs: number;
  /** Silence that was heard inside answers. */
  silentMs: number;
}

export interface SpanFigures {
  readonly calls: number;
  /** Of a core, the worker's own processes included. */
  readonly cpuPerCall: number;
  readonly pssBytes: number;
  readonly processes: number;
  /** Silence inside answers, of their length. */
  readonly silentShare: number;
  /** Of the microphones' audio that has arrived at the Live API; below 1 where the worker falls behind real time. */
  readonly inputShare: number;
}

/** Lets calls talk until `stop()`, which resolves when all of them have come to the end of their turn. */
export function letTalk(
  calls: readonly TalkingCall[],
  tally?: Tally,
): { readonly stop: () => Promise<void> } {
  let stopped = false;
  const talkOn = async (call: TalkingCall, index: number): Promise<void> => {
    // Turns are shifted, so that some calls speak while others listen.
    await delay((index * TURN_MS) / calls.length);
    while (!stopped) await turn(call, tally);
  };
  const talking = Promise.all(calls.map(talkOn));
  return {
    stop: async () => {
      stopped = true;
      await talking;
    },
  };
}

async function turn({ person, standIn }: TalkingCall, tally?: Tally): Promise<void> {
  await person.speak(SPOKEN_MS);
  standIn.transcribe('what the person has said');
  person.hearing.forget();
  await standIn.speak(ANSWER).ended;
  if (!tally) return;
  await person.hearing.end(SILENCE_MS, HEARD_WITHIN_MS);
  tally.answeredMs += ANSWER.durationMs;
  tally.silentMs += person.hearing.silenceInsideMs;
}

/** @param spanMs how long is counted, after a turn in which code is compiled */
export async function measureTalk(
  worker: BenchWorker,
  calls: readonly TalkingCall[],
  spanMs: number,
): Promise<SpanFigures> {
  const tally: Tally = { answeredMs: 0, silentMs: 0 };
  const talking = letTalk(calls, tally);
  await delay(WARMING_MS);
  let samples = 0;
  for (const { standIn } of calls) {
    standIn.onAudio = (heard) => {
      samples += heard.samples.length;
    };
  }
  const [before, fromMs] = [worker.use(), performance.now()];
  await delay(spanMs);
  const [after, toMs] = [worker.use(), performance.now()];
  for (const { standIn } of calls) standIn.onAudio = () => {};
  await talking.stop();
  const elapsedMs = toMs - fromMs;
  return {
    calls: calls.length,
    cpuPerCall: (after.cpuMs - before.cpuMs) / elapsedMs / calls.length,
    pssBytes: after.pssBytes,
    processes: after.pids.length,
    silentShare: tally.silentMs / tally.answeredMs,
    inputShare: samples / (INPUT_RATE * (elapsedMs / 1_000) * calls.length),
  };
}
