// Many short calls at one worker, a few at once, and what its processes hold when all of them are over.
import { readdirSync, readFileSync } from 'node:fs';
import { vi } from 'vitest';
import { Person } from '../../cli/person.js';
import type { LiveKitServer } from './livekit-server.js';
import { personToken } from './tokens.js';
import { callsOf, type TestWorker } from './worker.js';

export interface ShortCallsOptions {
  readonly livekit: LiveKitServer;
  readonly worker: TestWorker;
  readonly calls: number;
  /** Calls at once; each batch is over before the next one begins. */
  readonly atOnce: number;
}

/** What a worker's processes hold while there is no call. */
export interface ProcessesHold {
  readonly processes: number;
  /** Without those of rtc-node's name lookups. */
  readonly threads: number;
  /** Without the sockets of rtc-node's name lookups. */
  readonly files: number;
  readonly rssBytes: number;
  /** Of the largest process. */
  readonly mostRssBytes: number;
}

const ARRIVES_MS = 30_000;
/** WebRTC looks names of candidates up in threads with a socket each, which end by themselves some 10 s after the call. */
const LOOKUP_THREAD = 'AsyncResolver';
let batches = 0;

/** @returns what the processes held after each batch */
export async function shortCalls(options: ShortCallsOptions): Promise<ProcessesHold[]> {
  const { worker, calls, atOnce } = options;
  const held: ProcessesHold[] = [];
  for (let done = 0; done < calls; done += atOnce) {
    batches += 1;
    const rooms = Array.from({ length: Math.min(atOnce, calls - done) }, (_, n) => `short-${batches}-${n}`);
    await Promise.all(rooms.map((room) => shortCall(room, options)));
    await vi.waitFor(
      async () => {
        const open = await callsOf(worker);
        if (open > 0) throw new Error(`${open} calls are not over`);
      },
      { timeout: ARRIVES_MS },
    );
    held.push(await heldBy(worker));
  }
  return held;
}

async function shortCall(room: string, { livekit, worker }: ShortCallsOptions): Promise<void> {
  const person = new Person({ microphone: false });
  try {
    await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
    await worker.dispatch(room, { greeting: 'Say hello.' });
    await person.waitFor(() => person.captions().some(({ final }) => final), ARRIVES_MS);
    await person.rpc('hang_up');
  } finally {
    await person.close();
  }
}

async function heldBy(worker: TestWorker): Promise<ProcessesHold> {
  const pids = [worker.pid, ...(await worker.processes()).map(({ pid }) => pid)];
  const each = pids.flatMap((pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const names = readdirSync(`/proc/${pid}/task`).map((thread) => threadName(pid, thread));
      const lookups = names.filter((name) => name === LOOKUP_THREAD).length;
      return [
        {
          threads: names.length - lookups,
          files: readdirSync(`/proc/${pid}/fd`).length - lookups,
          rssBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024,
        },
      ];
    } catch {
      // A host that has retired has ended meanwhile.
      return [];
    }
  });
  const sum = (key: 'threads' | 'files' | 'rssBytes'): number =>
    each.reduce((total, one) => total + one[key], 0);
  return {
    processes: each.length,
    threads: sum('threads'),
    files: sum('files'),
    rssBytes: sum('rssBytes'),
    mostRssBytes: Math.max(...each.map(({ rssBytes }) => rssBytes)),
  };
}

function threadName(pid: number, thread: string): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim();
  } catch {
    // It has ended since it was listed.
    return LOOKUP_THREAD;
  }
}
