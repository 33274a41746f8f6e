// As many calls as this machine carries: two more at a time, until a voice has holes or a microphone comes late.
import type { DispatchedCall } from './calls.js';
import { type DensityOptions, openUpTo } from './density.js';
import { Hub } from './hub.js';
import { measureTalk, type SpanFigures } from './talking.js';
import { BenchWorker, type WorkerName } from './worker.js';

/** Of what is heard of an answer. */
const SILENCE_AT_MOST = 0.001;
/** Of what microphones have said. */
const INPUT_AT_LEAST = 0.98;
const STEP = 2;
const MOST = 40;

export interface Capacity {
  readonly worker: WorkerName;
  /** The most calls that were carried. */
  readonly calls: number;
  readonly spans: readonly SpanFigures[];
  /** Why there were no more. */
  readonly reason: string;
}

export async function measureCapacity(
  name: WorkerName,
  first: number,
  { livekitUrl, spanMs, say }: DensityOptions,
): Promise<Capacity> {
  await using hub = await Hub.start();
  await using worker = await BenchWorker.start(name, livekitUrl, hub.baseUrl);
  const calls: DispatchedCall[] = [];
  const spans: SpanFigures[] = [];
  let carried = 0;
  try {
    for (let size = first; size <= MOST; size += STEP) {
      await openUpTo(size, calls, { worker: name, hub, livekitUrl });
      let reason: string | undefined;
      // A moment in which the machine did something else says nothing of the worker.
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        const span = await measureTalk(worker, calls, spanMs);
        reason = shortfall(span);
        if (attempt === 2 || reason === undefined) spans.push(span);
        say(`${name}: ${size} calls: ${reason ?? 'carried'}`);
        if (reason === undefined) break;
      }
      if (reason !== undefined) return { worker: name, calls: carried, spans, reason };
      carried = size;
    }
    return { worker: name, calls: carried, spans, reason: `no more than ${MOST} were tried` };
  } catch (error) {
    return { worker: name, calls: carried, spans, reason: String(error) };
  } finally {
    await Promise.all(calls.map((call) => call[Symbol.asyncDispose]()));
  }
}

function shortfall({ silentShare, inputShare }: SpanFigures): string | undefined {
  if (silentShare > SILENCE_AT_MOST) return `${(silentShare * 100).toFixed(2)} % of the voice was silence`;
  if (inputShare < INPUT_AT_LEAST) return `${(inputShare * 100).toFixed(1)} % of the microphones arrived`;
  return undefined;
}
