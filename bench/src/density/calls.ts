// The calls of a worker: opened one after the other by dispatch, talking all at once.
import { AgentDispatchClient, RoomServiceClient } from 'livekit-server-sdk';
import { audioFlows } from '../measure/bursts.js';
import type { TalkingCall } from '../measure/call.js';
import { API_KEY, API_SECRET } from '../room/livekit-server.js';
import { Person } from '../room/person.js';
import { personToken } from '../room/tokens.js';
import { type Hub, instructionsFor } from './hub.js';
import { WORKERS, type WorkerName } from './worker.js';

const MODEL = 'gemini-3.8-live';
const PUBLISHED_WITHIN_MS = 20_000;
const FLOWING_MESSAGES = 20;
const HEARD_FRAMES = 50;

export interface DispatchedCall extends AsyncDisposable, TalkingCall {
  /** From the dispatch until the room had the agent's voice. */
  readonly dispatchMs: number;
}

export interface CallsOptions {
  readonly worker: WorkerName;
  readonly hub: Hub;
  /** `ws:` */
  readonly livekitUrl: string;
}

/** A worker that is busy may never take a job that was offered to it. */
export class LostDispatch extends Error {}

let rooms = 0;

/** Sound flows both ways when this resolves. @throws LostDispatch when the agent does not come, others when it does not speak */
export async function openCall({ worker, hub, livekitUrl }: CallsOptions): Promise<DispatchedCall> {
  rooms += 1;
  const room = `density-${process.pid}-${rooms}`;
  const standIn = hub.of(room);
  const person = new Person();
  try {
    await person.join(livekitUrl, await personToken(room));
    const dispatches = new AgentDispatchClient(httpUrl(livekitUrl), API_KEY, API_SECRET);
    const about = { model: MODEL, instructions: instructionsFor(room) };
    const startedMs = performance.now();
    await dispatches.createDispatch(room, WORKERS[worker].agentName, {
      metadata: JSON.stringify(worker === 'ours' ? about : { ...about, baseUrl: hub.baseUrl }),
    });
    const publishedMs = await Promise.race([person.voicePublishedAtMs, late(`no voice in ${room}`)]);
    await Promise.all([
      audioFlows(standIn, FLOWING_MESSAGES, PUBLISHED_WITHIN_MS),
      person.hearing.frames(HEARD_FRAMES, PUBLISHED_WITHIN_MS),
    ]);
    return {
      standIn,
      person,
      dispatchMs: publishedMs - startedMs,
      [Symbol.asyncDispose]: () => person[Symbol.asyncDispose](),
    };
  } catch (error) {
    await person[Symbol.asyncDispose]();
    // With its room goes the job, if it is offered still.
    if (error instanceof LostDispatch)
      await new RoomServiceClient(httpUrl(livekitUrl), API_KEY, API_SECRET).deleteRoom(room);
    throw error;
  }
}

const httpUrl = (livekitUrl: string): string => livekitUrl.replace(/^ws/, 'http');

function late(what: string): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(
      () => reject(new LostDispatch(`${what} within ${PUBLISHED_WITHIN_MS} ms`)),
      PUBLISHED_WITHIN_MS,
    ).unref();
  });
}
