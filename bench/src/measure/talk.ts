// A span of talk that is the same for every subject, and what a process tree uses in a span.
import { setTimeout as delay } from 'node:timers/promises';
import { prepareAnswer } from '../live-api/answer.js';
import type { Call, TalkingCall } from './call.js';
import { useOf } from './process-tree.js';

/** The person speaks and is answered, twice; the rest of the span is the pauses between. */
export const TALK_MS = 13_000;
const SPOKEN_MS = 3_000;
const ANSWER = prepareAnswer(3_000);

export interface Use {
  /** Of one core, 1 being all of it. */
  readonly cpuShare: number;
  readonly pssBytes: number;
  readonly processes: number;
}

/** What each subject uses over the same span. @throws when the span takes longer */
export async function measureUse(
  calls: readonly Call[],
  spanMs: number,
  happen: (call: Call) => Promise<void>,
): Promise<Use[]> {
  const before = calls.map(({ subject }) => useNow(subject.pid));
  await Promise.all([delay(spanMs), ...calls.map(happen)]);
  return calls.map(({ subject }, index) => {
    const after = useNow(subject.pid);
    const { use, atMs } = before[index] as ReturnType<typeof useNow>;
    const elapsedMs = after.atMs - atMs;
    if (elapsedMs > spanMs * 1.1) throw new Error(`a span of ${spanMs} ms took ${Math.round(elapsedMs)} ms`);
    return {
      cpuShare: (after.use.cpuMs - use.cpuMs) / elapsedMs,
      pssBytes: after.use.pssBytes,
      processes: after.use.pids.length,
    };
  });
}

export async function talk({ person, standIn }: TalkingCall): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) {
    await person.speak(SPOKEN_MS);
    standIn.transcribe('what the person has said');
    await standIn.speak(ANSWER).ended;
  }
}

function useNow(pid: number) {
  return { use: useOf(pid), atMs: performance.now() };
}
