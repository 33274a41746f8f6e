// A call with one subject: a room, a person in it, and a stand-in for the Live API of its own.
import { setTimeout as delay } from 'node:timers/promises';
import { StandIn } from '../live-api/stand-in.js';
import { Person } from '../room/person.js';
import { agentToken, personToken } from '../room/tokens.js';
import type { SubjectName } from '../subjects/messages.js';
import { Subject } from '../subjects/subject.js';
import { audioFlows } from './bursts.js';

const FLOW_TIMEOUT_MS = 20_000;
const FLOWING_MESSAGES = 20;
const HEARD_FRAMES = 50;
/** What a subject needs after joining until its start no longer shows in what it uses. */
const SETTLE_MS = 3_000;
const MODEL = 'gemini-3.8-live';
const INSTRUCTIONS = 'You are a helpful assistant.';
let calls = 0;

/** The two ends of a call. */
export interface TalkingCall {
  readonly standIn: StandIn;
  readonly person: Person;
}

export interface Call extends AsyncDisposable, TalkingCall {
  readonly subject: Subject;
}

/** Sound flows both ways when this resolves. @throws with the subject's last words when it does not */
async function openCall(url: string, name: SubjectName): Promise<Call> {
  calls += 1;
  const room = `bench-${process.pid}-${calls}`;
  const standIn = await StandIn.start();
  const person = new Person();
  let subject: Subject | undefined;
  const close = async (): Promise<void> => {
    await subject?.[Symbol.asyncDispose]();
    await person[Symbol.asyncDispose]();
    await standIn[Symbol.asyncDispose]();
  };
  try {
    await person.join(url, await personToken(room));
    subject = await Subject.start(name, {
      url,
      room,
      token: await agentToken(room),
      baseUrl: standIn.baseUrl,
      model: MODEL,
      instructions: INSTRUCTIONS,
    });
    await Promise.all([
      audioFlows(standIn, FLOWING_MESSAGES, FLOW_TIMEOUT_MS),
      person.hearing.frames(HEARD_FRAMES, FLOW_TIMEOUT_MS),
    ]);
    return { standIn, person, subject, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw new Error(`no call with ${name}; its last words:\n${subject?.words ?? 'none'}`, { cause: error });
  }
}

/** Opens a call with each subject, in rooms of their own, and closes them when `act` is done. */
export async function inCalls<T>(
  url: string,
  names: readonly SubjectName[],
  act: (calls: readonly Call[]) => Promise<T>,
): Promise<T> {
  const opened = await Promise.allSettled(names.map((name) => openCall(url, name)));
  const open = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  try {
    for (const result of opened) if (result.status === 'rejected') throw result.reason;
    await delay(SETTLE_MS);
    return await act(open);
  } finally {
    await Promise.all(open.map((call) => call[Symbol.asyncDispose]()));
  }
}
