// `npm run live-api`: the local Live API on a port of its own, until it is told to stop.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ScenarioInput } from './scenario/schema.js';
import { startLiveApi } from './server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const {
  LIVE_API_PORT = '8790',
  LIVE_API_MODEL_DIR,
  LIVE_API_RETIRED,
  LIVE_API_SPEECH,
  LIVE_API_SCENARIO,
} = process.env;

function fail(message: string): never {
  process.stderr.write(`live-api: ${message}\n`);
  process.exit(1);
}

function choice<T extends string>(name: string, value: string | undefined, choices: readonly T[]): T {
  const chosen = choices.find((candidate) => candidate === (value ?? choices[0]));
  return chosen ?? fail(`${name} has to be one of ${choices.join(', ')}`);
}

/** The parsed file that a variable names. */
function readJson(name: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail(`${name}: ${path} cannot be read as JSON: ${(error as Error).message}`);
  }
}

const port = Number(LIVE_API_PORT);
if (!Number.isInteger(port) || port < 0 || port > 65_535)
  fail('LIVE_API_PORT has to be a port number, 0 for a free one');

const server = await startLiveApi({
  port,
  speech: choice<'models' | 'tones'>('LIVE_API_SPEECH', LIVE_API_SPEECH, ['models', 'tones']),
  retired: choice<'serve' | 'refuse'>('LIVE_API_RETIRED', LIVE_API_RETIRED, ['serve', 'refuse']),
  modelDir: LIVE_API_MODEL_DIR || join(root, '.cache/models/moonshine-tiny-en'),
  record: false,
  ...(LIVE_API_SCENARIO && { scenario: readJson('LIVE_API_SCENARIO', LIVE_API_SCENARIO) as ScenarioInput }),
  log: (line) => process.stdout.write(`${line}\n`),
}).catch((error: NodeJS.ErrnoException) =>
  fail(
    error.code === 'EADDRINUSE'
      ? `port ${port} is taken; set LIVE_API_PORT to another, or to 0 for a free one`
      : error.message,
  ),
);

process.stdout.write(`live-api listening on ${server.url}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    server.close().then(
      () => process.exit(0),
      (error: Error) => fail(error.message),
    );
  });
}
