// Plants one import a file in a copy of the layout and asks Biome which of them the boundaries forbid.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

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
  const copy = mkdtempSync(join(tmpdir(), 'import-rules-'));
  const refused = new Set<string>();

  beforeAll(() => {
    cpSync(join(root, 'biome.json'), join(copy, 'biome.json'));
    for (const [index, { folder, specifier }] of plants.entries()) {
      const path = join(copy, folder, `planted-${index}.ts`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `import { name } from '${specifier}';\nexport const copy = name;\n`);
    }
    const biome = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/@biomejs/biome/bin/biome'),
        'lint',
        '--only=style/noRestrictedImports',
        '--reporter=json',
        '--max-diagnostics=none',
        '.',
      ],
      { cwd: copy, encoding: 'utf8' },
    );
    const report = JSON.parse(biome.stdout) as { diagnostics: { location: { path: string } }[] };
    for (const diagnostic of report.diagnostics) refused.add(diagnostic.location.path);
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test.each(plants.map((plant, index) => ({ ...plant, index })))(
    '$folder importing $specifier is $verdict',
    ({ folder, index, verdict }) => {
      expect(refused.has(`${folder}/planted-${index}.ts`)).toBe(verdict === 'forbidden');
    },
  );
});
