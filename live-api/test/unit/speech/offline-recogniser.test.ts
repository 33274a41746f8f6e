import { describe, expect, it, vi } from 'vitest';
import type { ToDetection } from '../../../src/speech/messages.js';
import { OfflineRecogniser, type OfflineRecogniserPort } from '../../../src/speech/offline-recogniser.js';
import type { RecogniserEvent } from '../../../src/speech/port.js';

function open(
  recognise?: OfflineRecogniserPort['recognise'],
  recognisePartial?: NonNullable<OfflineRecogniserPort['recognisePartial']>,
  recogniseEarly?: NonNullable<OfflineRecogniserPort['recogniseEarly']>,
) {
  const posted: ToDetection[] = [];
  const events: RecogniserEvent[] = [];
  const failed = vi.fn();
  const closed = vi.fn();
  const recogniser = new OfflineRecogniser({
    id: 3,
    post: (message, transfer) => posted.push(structuredClone(message, { transfer: [...(transfer ?? [])] })),
    recognise,
    ...(recognisePartial && { recognisePartial }),
    ...(recogniseEarly && { recogniseEarly }),
    listener: (event) => events.push(event),
    failed,
    closed,
  });
  return { recogniser, posted, events, failed, closed };
}

/** Sound whose first sample names it. */
const sound = (name: number) => Float32Array.of(name, 0, 0);

describe('OfflineRecogniser', () => {
  it('hands the array over without a copy', () => {
    const { recogniser, posted } = open();
    const samples = Int16Array.of(1, 2, 3);
    recogniser.push(samples);
    expect(posted).toEqual([{ type: 'audio', recogniser: 3, samples: Int16Array.of(1, 2, 3) }]);
    expect(samples.length).toBe(0);
  });

  it('copies a part of a larger buffer, and leaves the rest alone', () => {
    const { recogniser, posted } = open();
    const pool = Int16Array.of(9, 1, 2, 9);
    recogniser.push(pool.subarray(1, 3));
    expect(posted).toMatchObject([{ samples: Int16Array.of(1, 2) }]);
    expect([...pool]).toEqual([9, 1, 2, 9]);
  });

  it('reports the words after the end, joined from all segments', async () => {
    const { recogniser, events } = open(async (samples) => `part ${samples[0]}`);
    recogniser.take({ type: 'started', offset: 10 });
    recogniser.take({ type: 'segment', samples: sound(1) });
    recogniser.take({ type: 'ended', offset: 90, samples: sound(2) });
    expect(events.map(({ type }) => type)).toEqual(['started', 'ended']);
    await vi.waitFor(() => expect(events).toHaveLength(3));
    expect(events[2]).toEqual({ type: 'heard', text: 'part 1 part 2', offset: 90 });
  });

  it('reports the words so far between the beginning and the end', async () => {
    const { recogniser, events } = open(
      async () => 'whole',
      async (samples) => `so far ${samples[0]}`,
    );
    recogniser.take({ type: 'started', offset: 10 });
    recogniser.take({ type: 'partial', offset: 50, settled: false, samples: sound(1) });
    await vi.waitFor(() => expect(events).toHaveLength(2));
    recogniser.take({ type: 'partial', offset: 80, settled: false, samples: sound(2) });
    recogniser.take({ type: 'ended', offset: 90, samples: sound(3) });
    await vi.waitFor(() => expect(events).toHaveLength(4));
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([
      { type: 'started', offset: 10 },
      { type: 'partial', text: 'so far 1', offset: 50 },
      { type: 'ended', offset: 90 },
      { type: 'heard', text: 'whole', offset: 90 },
    ]);
  });

  it('takes the words of the pause in which the utterance ended, and gives up those of pauses before', async () => {
    const asked: { name: number; aborted: () => boolean; urgent: boolean }[] = [];
    const whole = vi.fn(async () => 'whole');
    const { recogniser, events } = open(whole, undefined, (samples, signal) => {
      const entry = { name: samples[0] ?? 0, aborted: () => signal.aborted, urgent: false };
      asked.push(entry);
      const words = signal.aborted ? Promise.reject(signal.reason) : Promise.resolve(`early ${entry.name}`);
      return {
        words,
        urgent: () => {
          entry.urgent = true;
        },
      };
    });
    const none = new Float32Array(0);
    recogniser.take({ type: 'segment', samples: sound(0) });
    recogniser.take({ type: 'expected', samples: sound(1) });
    recogniser.take({ type: 'expected', samples: sound(2) });
    recogniser.take({ type: 'ended', offset: 90, samples: none, expected: true });
    await vi.waitFor(() =>
      expect(events.at(-1)).toEqual({ type: 'heard', text: 'whole early 2', offset: 90 }),
    );
    expect(asked.map(({ aborted, urgent }) => [aborted(), urgent])).toEqual([
      [true, false],
      [false, true],
    ]);
    recogniser.take({ type: 'expected', samples: sound(3) });
    recogniser.take({ type: 'ended', offset: 190, samples: sound(4) });
    await vi.waitFor(() => expect(events.at(-1)).toEqual({ type: 'heard', text: 'whole', offset: 190 }));
    expect(asked[2]?.aborted()).toBe(true);
    expect(whole).toHaveBeenCalledTimes(2);
  });

  it('reports only that somebody spoke when words cannot be recognised', async () => {
    const { recogniser, events } = open();
    recogniser.take({ type: 'started', offset: 10 });
    recogniser.take({ type: 'ended', offset: 90, samples: new Float32Array(0) });
    await vi.waitFor(() => expect(events.at(-1)).toEqual({ type: 'heard', text: '', offset: 90 }));
  });

  it('reports an empty text and says why when a recognition fails', async () => {
    const { recogniser, events, failed } = open(() => Promise.reject(new Error('broken')));
    recogniser.take({ type: 'ended', offset: 90, samples: sound(1) });
    await vi.waitFor(() => expect(events.at(-1)).toEqual({ type: 'heard', text: '', offset: 90 }));
    expect(failed).toHaveBeenCalledExactlyOnceWith(new Error('broken'));
  });

  it('says nothing more once it is closed, and gives up what is being recognised', async () => {
    let given: AbortSignal | undefined;
    const { recogniser, posted, events, failed, closed } = open((_, signal) => {
      given = signal;
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    recogniser.take({ type: 'ended', offset: 90, samples: sound(1) });
    recogniser.close();
    recogniser.close();
    recogniser.push(Int16Array.of(1));
    recogniser.begin();
    recogniser.end();
    recogniser.take({ type: 'started', offset: 99 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(given?.aborted).toBe(true);
    expect(posted).toEqual([{ type: 'close', recogniser: 3 }]);
    expect(events.map(({ type }) => type)).toEqual(['ended']);
    expect(failed).not.toHaveBeenCalled();
    expect(closed).toHaveBeenCalledTimes(1);
  });
});
