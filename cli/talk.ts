#!/usr/bin/env node
// `npm run talk`: plays a WAV file to the agent in a room and writes what it answers.
import { basename } from 'node:path';
import { config } from 'dotenv';
import { dispatchApi, unloadCalls } from '../src/index.js';
import { runCommand } from './command.js';
import { randomName, readConnection } from './connection.js';
import { CliFailure, EXIT } from './failure.js';
import { withLogsOnStandardError } from './standard-output.js';
import {
  callersFolder,
  checkOut,
  parseTalkArguments,
  readProfileFile,
  readWavFile,
  TALK_USAGE,
} from './talk-options.js';
import { JsonOutput, TextOutput } from './talk-output.js';

async function main(signal: AbortSignal): Promise<number> {
  config({ quiet: true });
  const options = parseTalkArguments(process.argv.slice(2), callersFolder(process.env, 'talk'));
  if (options.help) {
    process.stdout.write(`${TALK_USAGE}\n`);
    return EXIT.done;
  }
  const { file, out } = options;
  const found = readConnection(process.env);
  const connection = { ...found, agentName: options.agentName ?? found.agentName };
  const wav = await readWavFile(file);
  const metadata = options.profile === undefined ? '' : await readProfileFile(options.profile);
  await checkOut(out, file);
  const room = options.room ?? randomName('talk');

  // The native library takes a moment to load; wrong usage is reported before that.
  const { talk } = await withLogsOnStandardError(() => import('./talk-session.js'));
  try {
    const { answered, heardMs } = await talk(
      {
        connection,
        room,
        identity: randomName('person'),
        wav,
        name: basename(file),
        out,
        metadata,
        greets: metadata !== '' && Boolean((JSON.parse(metadata) as { greeting?: unknown }).greeting),
        waitMs: options.waitMs,
      },
      {
        output: options.json ? new JsonOutput(process.stdout) : new TextOutput(process.stdout),
        signal,
        dispatches: dispatchApi({ connection, room, metadata }),
      },
    );
    if (answered) return EXIT.done;
    throw new CliFailure(
      heardMs === 0 ? 'no answer was heard' : `no answer was heard: only ${heardMs} ms of sound`,
    );
  } finally {
    await unloadCalls();
  }
}

await runCommand('talk', main);
