// Groups of the feature table as a test file: one LiveKit server, one local Live API, several rooms at once.
import { type LiveApiOptions, type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { runFeature } from './feature-run.js';
import { scenarioOf } from './feature-table.js';
import type { FeatureGroup } from './features/feature.js';
import { type LiveKitServer, startLivekitServer } from './livekit-server.js';

export interface FeatureSuiteOptions extends LiveApiOptions {
  /** Rooms at once. Speech that is recognised needs whole frames: a machine that is too busy loses some. */
  readonly atOnce?: number;
}

export function testFeatures(
  groups: readonly FeatureGroup[],
  { atOnce, ...options }: FeatureSuiteOptions,
): void {
  const slot = slots(atOnce);
  let livekit: LiveKitServer;
  let liveApi: LiveApiServer;

  beforeAll(async () => {
    const scenario = scenarioOf(groups);
    [livekit, liveApi] = await Promise.all([startLivekitServer(), startLiveApi({ ...options, scenario })]);
  });

  afterAll(async () => {
    await liveApi?.close();
    await livekit?.[Symbol.asyncDispose]();
  });

  describe.concurrent.each(groups)('$title', ({ features }) => {
    test.each(features)('$feature', { timeout: 60_000 }, (feature) =>
      slot(() => runFeature(feature, { livekit, liveApi })),
    );
  });
}

/** Runs at most `atOnce` at a time, the others in the order in which they came. */
function slots(atOnce = Number.POSITIVE_INFINITY): (run: () => Promise<void>) => Promise<void> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      await run();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}
