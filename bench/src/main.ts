// `npm run bench`: measures the agent side by side with a bare loop and with LiveKit's AgentSession and Google plugin.
import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { dispose } from '@livekit/rtc-node';
import { checkMeasurements } from './check.js';
import { compare } from './compare.js';
import { type Options, readOptions, USAGE } from './options.js';
import { profileReport } from './profile/report.js';
import { withReport } from './report/document.js';
import { machineLine, machineNow } from './report/machine.js';
import { summarise } from './report/summary.js';
import { tableOf } from './report/table.js';
import { verdictList, verdictsOn } from './report/targets.js';
import { startLiveKitServer } from './room/livekit-server.js';

/** Compiled, this file lies four folders below the repository's root. */
const ROOT = new URL('../../../../', import.meta.url);
const DOCUMENT = fileURLToPath(new URL('docs/operations.md', ROOT));
const KEPT_SERVER = fileURLToPath(new URL('.cache/bin/livekit-server', ROOT));

const options = optionsOrUsage();
await using server = await startLiveKitServer(KEPT_SERVER);
switch (options.mode) {
  case 'compare':
    await compareAndReport();
    break;
  case 'check':
    await checkMeasurements(server.url, options.rounds, say);
    break;
  case 'profile':
    console.log(await profileReport(server.url));
    break;
}
await dispose();

async function compareAndReport(): Promise<void> {
  const before = machineNow();
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const results = await compare(server.url, ['bare', 'ours', 'plugin'], options.rounds, say);
  loop.disable();
  const bare = summarise('bare', results);
  const ours = summarise('ours', results);
  const plugin = summarise('plugin', results);
  const late = Math.max(0, loop.percentile(99) / 1e6 - 10);
  const report = [
    `${machineLine(before, machineNow(), late)} ${ours.rounds} rounds in ${ours.calls} calls with each, the calls side by side and the rounds by turns.`,
    tableOf([bare, ours, plugin]),
    verdictList(verdictsOn(bare, ours, plugin)),
  ].join('\n\n');
  console.log(report);
  if (options.write) writeFileSync(DOCUMENT, withReport(readFileSync(DOCUMENT, 'utf8'), report));
}

function optionsOrUsage(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

function say(line: string): void {
  console.error(`bench: ${line}`);
}
