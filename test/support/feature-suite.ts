// Groups of the feature table as a test file: one LiveKit server, one local Live API, several rooms at once.
import { type LiveApiOptions, type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { runFeature } from './feature-run.js';
import { scenarioOf } from './feature-table.js';
import type { FeatureGroup } from './features/feature.js';
import { type LiveKitServer, startLivekitServer } from './livekit-server.js';

export function testFeatures(groups: readonly FeatureGroup[], options: LiveApiOptions): void {
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
      runFeature(feature, { livekit, liveApi }),
    );
  });
}
