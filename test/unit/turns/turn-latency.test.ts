// How long people waited: one report a turn, one an interruption.
import { describe, expect, test } from 'vitest';
import { type Latency, TurnLatency } from '../../../src/turns/turn-latency.js';
import { fakeClock } from '../../support/fake-clock.js';

function rig(): { latency: TurnLatency; reports: Latency[] } {
  const reports: Latency[] = [];
  return { latency: new TurnLatency((report) => reports.push(report)), reports };
}

describe('a turn', () => {
  test('is reported once, from the end of speech to its first audio and on to the voice', async () => {
    using clock = fakeClock();
    const { latency, reports } = rig();
    latency.speechEnded();
    await clock.advance(640);
    latency.audio();
    await clock.advance(3);
    latency.played(1);
    await clock.advance(100);
    latency.audio();
    latency.played(1);
    expect(reports).toEqual([{ turn: 1, endOfSpeechToAudioMs: 640, firstAudioToPublishedMs: 3 }]);
  });

  test('that nobody asked for has nobody who waited', async () => {
    using clock = fakeClock();
    const { latency, reports } = rig();
    latency.speechEnded();
    await clock.advance(500);
    latency.audio();
    latency.played(1);
    await clock.advance(5_000);
    latency.audio();
    latency.played(2);
    expect(reports[1]).toEqual({ turn: 2, firstAudioToPublishedMs: 0 });
  });

  test('is measured from the last end of speech', async () => {
    using clock = fakeClock();
    const { latency, reports } = rig();
    latency.speechEnded();
    await clock.advance(5_000);
    latency.speechEnded();
    await clock.advance(400);
    latency.audio();
    latency.played(1);
    expect(reports[0]?.endOfSpeechToAudioMs).toBe(400);
  });
});

describe('an interruption', () => {
  test('is reported once, from its arrival to the cleared voice', async () => {
    using clock = fakeClock();
    const { latency, reports } = rig();
    latency.audio();
    latency.played(4);
    latency.interrupted();
    await clock.advance(2);
    latency.cleared();
    latency.cleared();
    expect(reports.slice(1)).toEqual([{ turn: 4, interruptToClearedMs: 2 }]);
  });

  test('that found nothing to clear is not counted against a later one', async () => {
    using clock = fakeClock();
    const { latency, reports } = rig();
    latency.interrupted();
    await clock.advance(30_000);
    latency.audio();
    latency.played(1);
    latency.cleared();
    expect(reports.filter((report) => report.interruptToClearedMs !== undefined)).toEqual([]);
  });
});
