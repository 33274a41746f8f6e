// A server in this process under the load of many clients in another one: how late it is, and what it costs.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { measuredPace, startLiveApi } from '../../src/index.js';
import { heapMb } from './memory.js';

export interface Load {
  readonly sessions: number;
  readonly seconds: number;
  /** A client begins to speak every so often. */
  readonly turnMs: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export interface LoadReport {
  readonly turns: number;
  readonly completed: number;
  readonly chunks: number;
  /** How much later than they were due chunks of the answers came, and the ends of turns. */
  readonly chunkLateMs: Percentiles;
  readonly turnLateMs: Percentiles;
  /** From the end of what a client said to the first audio. */
  readonly answeredMs: Percentiles;
  /** How much later than they were due the clients sent their audio. */
  readonly inputLateMs: Percentiles;
  /** Connections that ended with another code than 1000. */
  readonly abnormal: number;
  /** Heap for each open session, and what is left of all of them. */
  readonly kbASession: number;
  readonly leftMb: number;
  /** Processor time of the server alone, for a second of it. */
  readonly cpuMsASecond: number;
}

const SPEECH_MS = 600;
/** Spoken for 6 s. */
const ANSWER =
  'Here is an answer that takes its time, word by word, so that each of its chunks is due at once. '.slice(
    0,
    100,
  );

export async function underClients({ sessions, seconds, turnMs }: Load): Promise<LoadReport> {
  // What is loaded or compiled once is no part of a session.
  await talk({ sessions: 20, seconds: 4, turnMs: 2000 });
  return talk({ sessions, seconds, turnMs });
}

async function talk({ sessions, seconds, turnMs }: Load): Promise<LoadReport> {
  const beforeMb = heapMb();
  await using server = await startLiveApi({
    speech: 'tones',
    record: false,
    scenario: { rules: [{ when: { speech: true }, do: [{ say: ANSWER }] }] },
  });
  const child = fork(fileURLToPath(new URL('./load-clients.mjs', import.meta.url)));
  const exited = once(child, 'exit');
  try {
    const opened = once(child, 'message');
    child.send({
      url: server.url,
      sessions,
      seconds,
      turnMs,
      speechMs: SPEECH_MS,
      speedup: measuredPace.speedup,
    });
    const [first] = (await opened) as [{ error?: string }];
    if (first.error !== undefined) throw new Error(first.error);
    const kbASession = ((heapMb() - beforeMb) * 1000) / sessions;
    const began = { cpu: process.cpuUsage(), ms: performance.now() };
    const [report] = (await once(child, 'message')) as [LoadReport & { error?: string }];
    if (report.error !== undefined) throw new Error(report.error);
    const { user, system } = process.cpuUsage(began.cpu);
    const cpuMsASecond = (user + system) / (performance.now() - began.ms);
    await Promise.all(server.sessions.map(({ closed }) => closed));
    return { ...report, kbASession, leftMb: heapMb() - beforeMb, cpuMsASecond };
  } finally {
    child.kill();
    await exited;
  }
}
