#!/usr/bin/env node
// `npm run live-api`: the local Live API on a port of its own, until SIGINT or SIGTERM.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, HELP, readCommand } from './command.js';
import { readRecording } from './recording/file.js';
import { scenarioOf } from './recording/replay.js';
import { readScenarioFile } from './scenario/file.js';
import { startLiveApi } from './server.js';
import { openTls } from './tls/open.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { env } = process;

function fail(message: string): never {
  process.stderr.write(`live-api: ${message}\n`);
  process.exit(1);
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function commandOf(): Command {
  let command: Command | 'help';
  try {
    command = readCommand(process.argv.slice(2), {
      port: env.LIVE_API_PORT,
      scenario: env.LIVE_API_SCENARIO,
      speech: env.LIVE_API_SPEECH,
      modelDir: env.LIVE_API_MODEL_DIR,
      retired: env.LIVE_API_RETIRED,
      tls: env.LIVE_API_TLS,
      tlsDir: env.LIVE_API_TLS_DIR,
    });
  } catch (error) {
    return fail(reasonOf(error));
  }
  if (command !== 'help') return command;
  process.stdout.write(HELP);
  process.exit(0);
}

const [subcommand, ...rest] = process.argv.slice(2);
if (subcommand === 'record' || subcommand === 'diff') {
  const commands = await import('./recording/commands.js');
  await commands[subcommand](rest).catch((error: unknown) => fail(reasonOf(error)));
  process.exit();
}

const { port, speech, retired, record, tls: wantsTls, ...files } = commandOf();
const scenario = files.replay
  ? scenarioOf(await readRecording(files.replay).catch((error: unknown) => fail(reasonOf(error))))
  : files.scenario === undefined
    ? undefined
    : await readScenarioFile(files.scenario).catch((error: unknown) => fail(`scenario ${reasonOf(error)}`));

const tls = wantsTls
  ? await openTls(files.tlsDir ?? join(root, '.cache/live-api')).catch((error: unknown) =>
      fail(`no certificate: ${reasonOf(error)}`),
    )
  : undefined;

const server = await startLiveApi({
  port,
  speech,
  retired,
  record,
  modelDir: files.modelDir ?? join(root, '.cache/models/moonshine-tiny-en'),
  ...(scenario && { scenario }),
  ...(tls && { tls }),
  log: (line) => process.stdout.write(`${line}\n`),
}).catch((error: NodeJS.ErrnoException) =>
  fail(
    error.code === 'EADDRINUSE'
      ? `port ${port} is taken; set LIVE_API_PORT or --port to another, or to 0 for a free one`
      : error.message,
  ),
);

process.stdout.write(`live-api listening on ${server.url}\n`);
if (tls && server.tlsUrl) {
  process.stdout.write(
    `live-api listening on ${server.tlsUrl}; clients trust it with\n` +
      `  Python: SSL_CERT_FILE=${tls.authorityFile}\n` +
      `  Node:   NODE_EXTRA_CA_CERTS=${tls.authorityFile}\n`,
  );
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    server.close().then(
      () => process.exit(0),
      (error: Error) => fail(error.message),
    );
  });
}
