// Plants one import a file in a copy of the layout and asks Biome which of them the boundaries forbid.
import { beforeAll, describe, expect, test } from 'vitest';
import { lintPlanted } from './lint-planted.js';

/** folder → specifiers that a file there may, and may not, import. */
const boundaries: Record<string, { allowed: string[]; forbidden: string[] }> = {
  'src/call': {
    allowed: ['../bridge/bridge.js', '../gemini/wire.js', '../room/livekit-room.js', 'node:events'],
    forbidden: ['@livekit/rtc-node', '@google/genai', '../../agent/job.js', '../../cli/talk.js'],
  },
  'src/bridge': {
    allowed: ['../lanes/tools.js', '../turns/ledger.js', './input.js', '../session/port.js'],
    forbidden: ['../call/call.js', '../gemini/wire.js', '../config/environment.js', 'pino'],
  },
  'src/lanes': {
    allowed: ['node:crypto', '../audio/pcm.js', '../room/port.js', '../turns/utterance.js'],
    forbidden: [
      '@livekit/rtc-node',
      '@google/genai',
      './user-captions.js',
      '../lanes/user-captions.js',
      '../bridge/input.js',
      '../gemini/wire.js',
    ],
  },
  'src/tools': {
    allowed: ['zod', 'node:crypto', './tool.js', '../session/port.js', '../profile/profile.js'],
    forbidden: ['../turns/ledger.js', '../lanes/tools.js', '../gemini/client.js', '@google/genai'],
  },
  'src/turns': {
    allowed: ['../audio/pcm.js', '../session/port.js', '../protocol/topics.js', './utterance.js'],
    forbidden: ['../lanes/control.js', '../room/port.js', '../tools/tool.js', 'node:fs'],
  },
  'src/gemini': {
    allowed: ['@google/genai', '@google/genai/node', '../session/wire.js', '../profile/profile.js'],
    forbidden: ['@livekit/rtc-node', '../room/port.js', '../bridge/bridge.js', '../lanes/tools.js'],
  },
  'src/session': {
    allowed: ['../profile/profile.js', '../audio/pcm.js', './wire.js', '../util/log.js'],
    forbidden: ['@google/genai', '../gemini/live-connection.js', '../room/port.js', '../turns/ledger.js'],
  },
  'src/room': {
    allowed: ['@livekit/rtc-node', '@livekit/protocol', '../audio/pcm.js', '../protocol/topics.js'],
    forbidden: ['@google/genai', '@livekit/agents', '../session/port.js', '../profile/profile.js'],
  },
  'src/room/native': {
    allowed: ['node:module', '@livekit/rtc-node', '../port.js', './native-library.js'],
    forbidden: ['../livekit-video.js', '../../session/port.js', '@livekit/agents'],
  },
  'src/profile': {
    allowed: ['zod', '../capabilities/table.js', '../config/environment.js', '../protocol/events.js'],
    forbidden: ['../session/port.js', '../room/port.js', '@google/genai'],
  },
  'src/video': {
    allowed: ['sharp', '../room/port.js', '../session/port.js'],
    forbidden: ['../lanes/video-in.js', '@livekit/rtc-node'],
  },
  'src/audio': {
    allowed: [
      '../util/queue.js',
      './pcm.js',
      'mediabunny',
      'opus-decoder',
      'onnxruntime-node',
      'node:timers/promises',
    ],
    forbidden: ['@livekit/rtc-node', '../session/port.js', '../profile/profile.js', 'dotenv'],
  },
  'src/capabilities': {
    allowed: ['zod', './schema.js'],
    forbidden: ['../profile/profile.js', '../util/log.js', 'node:fs'],
  },
  'src/config': {
    allowed: ['zod', 'node:os', 'undici', 'proxy-from-env', './environment.js'],
    forbidden: ['../profile/profile.js', '../room/port.js', 'dotenv'],
  },
  'src/protocol': {
    allowed: ['zod', './topics.js'],
    forbidden: ['node:fs', 'pino', '../util/queue.js', '@livekit/protocol'],
  },
  'src/dispatch': {
    allowed: ['livekit-server-sdk', './bring-agent.js', '../config/environment.js', '../util/abort.js'],
    forbidden: ['@livekit/rtc-node', '@google/genai', '../room/port.js', '../call/call.js'],
  },
  'src/util': {
    allowed: ['./queue.js'],
    forbidden: ['zod', 'node:fs', '../audio/pcm.js'],
  },
  agent: {
    allowed: ['../src/index.js', 'livekit-server-sdk', 'dotenv', 'node:fs/promises', './job.js'],
    forbidden: [
      '@livekit/agents',
      '@livekit/rtc-node',
      '@livekit/agents-plugin-google',
      '@google/genai',
      'zod',
      '../src/call/call.js',
      '../src/protocol/events.js',
      '../cli/talk.js',
      '../live-api/src/index.js',
      '../scripts/setup.mjs',
    ],
  },
  'agent/worker': {
    allowed: [
      '../../src/index.js',
      '../../src/protocol/index.js',
      '../job.js',
      'ws',
      '@livekit/protocol',
      'pino',
    ],
    forbidden: ['zod', '@livekit/agents', '../../src/call/job.js', '../../test/support/room.js'],
  },
  'agent/worker/framework': {
    allowed: ['@livekit/agents', '../slots.js', '../../job.js', '../../../src/index.js'],
    forbidden: ['@livekit/rtc-node', '@google/genai', '../../../src/call/job.js'],
  },
  cli: {
    allowed: ['../src/index.js', '../src/protocol/index.js', '@livekit/rtc-node', './failure.js'],
    forbidden: ['../src/config/environment.js', '../src/room/livekit-room.js', '../src/protocol/topics.js'],
  },
  'bench/src/subjects': {
    allowed: ['../../../src/index.js', '../tone.js', './serve.js'],
    forbidden: ['../../../src/call/call.js', '../../../src/util/abort.js'],
  },
  'live-api/src': {
    allowed: ['ws', 'zod', './wire/messages.js'],
    forbidden: ['../../src/audio/pcm.js', '@livekit/rtc-node', '@livekit/agents', '@google/genai'],
  },
  'live-api/src/connection': {
    allowed: ['ws', './outgoing.js', '../session/session.js', '../faults/schema.js', '../answerer-port.js'],
    forbidden: ['../server.js', '../scenario/script.js', '../answerer/index.js', '@google/genai'],
  },
  'live-api/src/control': {
    allowed: ['zod', '../faults/faults.js', '../session/record.js'],
    forbidden: ['../server.js', '../connection/connection.js', '../scenario/schema.js'],
  },
  'live-api/src/scenario': {
    allowed: ['yaml', 'zod', 'node:fs/promises', '../session/plan.js', '../faults/schema.js'],
    forbidden: ['../connection/disturb.js', '../control/control.js', '../answerer/index.js'],
  },
  'live-api/src/session': {
    allowed: [
      '../audio/input.js',
      '../models/row.js',
      '../faults/schema.js',
      '../clock/clock.js',
      './port.js',
    ],
    forbidden: ['../connection/disturb.js', '../scenario/script.js', '../answerer/index.js', 'ws', 'zod'],
  },
  'live-api/src/answerer': {
    allowed: ['../answerer-port.js', './words.js'],
    forbidden: ['../session/plan.js', '../wire/messages.js', '../speech/port.js', 'zod'],
  },
  'live-api/src/audio': {
    allowed: ['../speech/port.js', '../wire/client-message.js'],
    forbidden: ['../session/hearing.js', '../models/row.js', 'onnxruntime-node'],
  },
  'live-api/src/auth': {
    allowed: ['node:crypto', '../wire/decode.js', '../answerer-port.js'],
    forbidden: ['../session/port.js', '../models/table.js'],
  },
  'live-api/src/models': {
    allowed: ['../wire/refusal.js', '../answerer-port.js', './row.js'],
    forbidden: ['../session/plan.js', '../faults/schema.js', '../auth/tokens.js'],
  },
  'live-api/src/faults': {
    allowed: ['zod', '../wire/refusal.js', './schema.js'],
    forbidden: ['../session/plan.js', '../connection/outgoing.js', '../scenario/schema.js'],
  },
  'live-api/src/speech': {
    allowed: ['node:worker_threads', 'onnxruntime-node', './port.js'],
    forbidden: [
      '../../../src/audio/pcm.js',
      '../wire/messages.js',
      '../audio/resampler.js',
      '../session/pace.js',
    ],
  },
  'live-api/src/wire': {
    allowed: ['../answerer-port.js', './schema.js'],
    forbidden: ['../models/table.js', '../faults/schema.js', 'zod', 'ws'],
  },
  'live-api/src/tls': {
    allowed: ['node:crypto', 'node-forge', './authority.js'],
    forbidden: ['../wire/messages.js', '../server.js', 'ws'],
  },
  'live-api/src/vision': {
    allowed: ['sharp', 'zxing-wasm/reader', 'node:module'],
    forbidden: ['../wire/messages.js', '../session/port.js', '@livekit/rtc-node'],
  },
  'live-api/src/recording': {
    allowed: ['ws', 'zod', 'node:http', '../scenario/schema.js', './file.js'],
    forbidden: ['../session/session.js', '../server.js', '../wire/messages.js'],
  },
  'live-api/src/clock': {
    allowed: ['node:timers', './clock.js'],
    forbidden: ['../wire/messages.js', '../answerer-port.js'],
  },
};

const plants = Object.entries(boundaries).flatMap(([folder, { allowed, forbidden }]) => [
  ...allowed.map((specifier) => ({ folder, specifier, verdict: 'allowed' })),
  ...forbidden.map((specifier) => ({ folder, specifier, verdict: 'forbidden' })),
]);

describe('import boundaries', () => {
  const refused = new Set<string>();

  beforeAll(() => {
    const files = plants.map(({ folder, specifier }, index) => ({
      path: `${folder}/planted-${index}.ts`,
      content: `import { name } from '${specifier}';\nexport const copy = name;\n`,
    }));
    for (const { path } of lintPlanted(files, 'style/noRestrictedImports')) refused.add(path);
  });

  test.each(plants.map((plant, index) => ({ ...plant, index })))(
    '$folder importing $specifier is $verdict',
    ({ folder, index, verdict }) => {
      expect(refused.has(`${folder}/planted-${index}.ts`)).toBe(verdict === 'forbidden');
    },
  );
});
