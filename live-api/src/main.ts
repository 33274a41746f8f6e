#!/usr/bin/env node
// `npm run live-api`: the local Live API on a port of its own, until SIGINT or SIGTERM.
import { join } from 'node:path';
import { cacheFolder, defaultModelFolder } from './cache-folder.js';
import { type Command, HELP, readCommand } from './command.js';
import { printable } from './printable.js';
import { readRecording } from './recording/file.js';
import { scenarioOf } from './recording/replay.js';
import { readScenarioFile } from './scenario/file.js';
import { startLiveApi } from './server.js';
import { openTls, trustLines } from './tls/open.js';

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
      host: env.LIVE_API_HOST,
      controlHost: env.LIVE_API_CONTROL_HOST,
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
  const tlsDir = env.LIVE_API_TLS_DIR || join(await cacheFolder(), 'live-api');
  await commands[subcommand](rest, tlsDir).catch((error: unknown) => fail(reasonOf(error)));
  process.exit();
}

if (subcommand === 'fetch-model') {
  const { fetchModel } = await import('./fetch-model.js');
  await fetchModel(rest, env.LIVE_API_MODEL_DIR).catch((error: unknown) => fail(reasonOf(error)));
  process.exit();
}

const { port, host, controlHost, speech, retired, record, tls: wantsTls, ...files } = commandOf();
const scenario = files.replay
  ? scenarioOf(await readRecording(files.replay).catch((error: unknown) => fail(reasonOf(error))))
  : files.scenario === undefined
    ? undefined
    : await readScenarioFile(files.scenario).catch((error: unknown) => fail(`scenario ${reasonOf(error)}`));

const tls = wantsTls
  ? await openTls(files.tlsDir ?? join(await cacheFolder(), 'live-api'), host).catch((error: unknown) =>
      fail(`no certificate: ${reasonOf(error)}`),
    )
  : undefined;

const server = await startLiveApi({
  port,
  host,
  ...(controlHost !== undefined && { controlHosts: [controlHost] }),
  speech,
  retired,
  record,
  modelDir: files.modelDir ?? (await defaultModelFolder()),
  ...(scenario && { scenario }),
  ...(tls && { tls }),
  log: (line) => process.stdout.write(`${printable(line)}\n`),
}).catch((error: NodeJS.ErrnoException) =>
  fail(
    error.code === 'EADDRINUSE'
      ? `port ${port} is taken; set LIVE_API_PORT or --port to another, or to 0 for a free one`
      : error.code === 'EADDRNOTAVAIL'
        ? `this machine has no address ${host}; set LIVE_API_HOST or --host to one that it has, or to 0.0.0.0 for all`
        : error.message,
  ),
);

process.stdout.write(`live-api listening on ${server.url}\n`);
if (tls && server.tlsUrl) process.stdout.write(trustLines(server.tlsUrl, tls));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    server.close().then(
      () => process.exit(0),
      (error: Error) => fail(error.message),
    );
  });
}
