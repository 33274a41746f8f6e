// Plants one import a file in a copy of the layout and asks Biome which of them the boundaries forbid.
import { beforeAll, describe, expect, test } from 'vitest';
import { lintPlanted } from './lint-planted.js';

/** folder → specifiers that a file there may, and may not, import. */
const boundaries: Record<string, { allowed: string[]; forbidden: string[] }> = {
  'src/attach': {
    allowed: ['zod', 'node:buffer', '../audio/pcm.js', '../room/port.js', '../protocol/topics.js'],
    forbidden: [
      '@livekit/rtc-node',
      '@livekit/protocol',
      '@google/genai',
      '@google/genai/node',
      'livekit-server-sdk',
      './captions.js',
      '../attach/captions.js',
    ],
  },
  'src/audio': {
    allowed: ['node:buffer', '../util/queue.js'],
    forbidden: ['@livekit/rtc-node', '@livekit/agents', '@google/genai', 'dotenv', '../../agent/job.js'],
  },
  'src/room': {
    allowed: ['@livekit/rtc-node', '@livekit/protocol', 'livekit-server-sdk'],
    forbidden: ['@google/genai', '@livekit/agents', '../../cli/talk.js', '../../live-api/src/index.js'],
  },
  'src/model': {
    allowed: ['@google/genai', '@google/genai/node', 'pino'],
    forbidden: ['@livekit/rtc-node', '@livekit/agents', '@gemini-room-agent/live-api'],
  },
  'src/protocol': {
    allowed: ['zod', './topics.js'],
    forbidden: ['node:fs', 'pino', '../util/queue.js', '@livekit/protocol'],
  },
  'src/util': {
    allowed: ['./queue.js'],
    forbidden: ['zod', 'node:fs', '../audio/pcm.js'],
  },
  agent: {
    allowed: ['../src/bridge.js', '@livekit/agents', 'dotenv', 'node:fs/promises', './job.js'],
    forbidden: [
      '@livekit/rtc-node',
      '@livekit/agents-plugin-google',
      '@google/genai',
      'zod',
      '../cli/talk.js',
      '../live-api/src/index.js',
      '../scripts/setup.mjs',
    ],
  },
  'agent/worker': {
    allowed: ['../../src/job.js', '../job.js'],
    forbidden: ['ws', '../../test/support/room.js'],
  },
  'live-api/src': {
    allowed: ['ws', 'zod', './wire/messages.js'],
    forbidden: ['../../src/audio/pcm.js', '@livekit/rtc-node', '@livekit/agents', '@google/genai'],
  },
  'live-api/src/speech': {
    allowed: ['../wire/messages.js', 'onnxruntime-node'],
    forbidden: ['../../../src/audio/pcm.js'],
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
