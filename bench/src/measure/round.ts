// One round of a call: a tone to the model, an answer to the room, and an interruption. And one under a blocked loop.
import { setTimeout as delay } from 'node:timers/promises';
import { prepareAnswer } from '../live-api/answer.js';
import { nextBurst } from './bursts.js';
import type { Call, TalkingCall } from './call.js';

/** What a round has shown; undefined for what did not arrive in time. */
export interface Round {
  readonly toApiMs: number | undefined;
  readonly toRoomMs: number | undefined;
  readonly toSilenceMs: number | undefined;
}

const BURST_MS = 100;
const ANSWER = prepareAnswer(3_000);
const BLOCKED_ANSWER = prepareAnswer(3_000);
const ARRIVAL_TIMEOUT_MS = 3_000;
/** So much silence means that the answer is over. */
const QUIET_MS = 400;

export async function round({ standIn, person }: TalkingCall): Promise<Round> {
  const { hearing } = person;
  // Never at the same point of anybody's frames.
  await between(300, 600);
  const received = nextBurst(standIn, ARRIVAL_TIMEOUT_MS);
  const capturedMs = person.burst(BURST_MS);
  const toApiMs = since(capturedMs, await received);

  await between(300, 500);
  hearing.forget();
  const speaking = standIn.speak(ANSWER);
  const onsetMs = await hearing.onset(speaking.startedAtMs, ARRIVAL_TIMEOUT_MS);

  await between(900, 1_200);
  const interruptedMs = speaking.interrupt();
  const endedMs = await hearing.end(QUIET_MS, ARRIVAL_TIMEOUT_MS);
  await speaking.ended;
  return {
    toApiMs,
    toRoomMs: since(speaking.startedAtMs, onsetMs),
    toSilenceMs: onsetMs === undefined ? undefined : since(interruptedMs, endedMs),
  };
}

/** Silence inside an answer during which the subject's event loop is blocked, in ms; undefined when none was heard. */
export async function blockedRound(
  { standIn, person, subject }: Call,
  blockMs: number,
): Promise<number | undefined> {
  const { hearing } = person;
  await between(300, 500);
  hearing.forget();
  const speaking = standIn.speak(BLOCKED_ANSWER);
  const onsetMs = await hearing.onset(speaking.startedAtMs, ARRIVAL_TIMEOUT_MS);
  await between(400, 600);
  await subject.block(blockMs);
  await speaking.ended;
  // What the block has held back is still to come.
  await delay(blockMs);
  await hearing.end(QUIET_MS, ARRIVAL_TIMEOUT_MS);
  return onsetMs === undefined ? undefined : hearing.silenceInsideMs;
}

function since(fromMs: number, toMs: number | undefined): number | undefined {
  return toMs === undefined ? undefined : toMs - fromMs;
}

function between(leastMs: number, mostMs: number): Promise<void> {
  return delay(leastMs + Math.random() * (mostMs - leastMs));
}
