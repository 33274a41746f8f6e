#!/usr/bin/env node
// `npm run dispatch`: brings the agent into a room.

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { config } from 'dotenv';
import { ensureAgent, printable } from '../src/index.js';
import { runCommand } from './command.js';
import { explain, readConnection, requireServer } from './connection.js';
import { EXIT, usageError, wordsOf } from './failure.js';
import { callersFolder, parseWaitMs, readProfileFile } from './talk-options.js';

const USAGE = `npm run dispatch -- --room ROOM [options]

Puts the agent into a room unless it is there, and tries again when no worker took it.

  --room ROOM       the room
  --profile FILE    JSON, what the agent is to be in this room
  --agent NAME      the agent to dispatch (AGENT_NAME, else gemini)
  --wait-ms N       how long to try (60000)

Ends with 0 when the agent is in the room, 1 when it did not come, 2 for wrong usage.
LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET say where; the local server's where unset.`;

async function main(signal: AbortSignal): Promise<number> {
  config({ quiet: true });
  const values = parse();
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return EXIT.done;
  }
  const { room } = values;
  if (!room) throw usageError('name the room: npm run dispatch -- --room ROOM');
  const totalMs = parseWaitMs(values['wait-ms'] ?? '60000');
  const found = readConnection(process.env);
  const connection = { ...found, agentName: values.agent ?? found.agentName };
  const { agentName, url } = connection;
  if (agentName === '') throw usageError('an agent with an empty AGENT_NAME comes into every room by itself');
  const metadata = values.profile
    ? await readProfileFile(resolve(callersFolder(process.env, 'dispatch'), values.profile))
    : '';

  await requireServer(url);
  try {
    const options = { livekit: connection, agentName, profile: metadata, totalMs, signal };
    const { how, identity } = await ensureAgent(room, options);
    const said = how === 'present' ? 'is in' : 'has joined';
    process.stdout.write(`${printable(`${identity} ${said} room ${room}`)}\n`);
    return EXIT.done;
  } catch (error) {
    throw explain(error, url);
  }
}

function parse() {
  try {
    return parseArgs({
      options: {
        room: { type: 'string' },
        profile: { type: 'string' },
        agent: { type: 'string' },
        'wait-ms': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw usageError(`${wordsOf(error)} (--help lists the options)`);
  }
}

await runCommand('dispatch', main);
