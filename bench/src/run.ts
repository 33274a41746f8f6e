// Measures the agent side by side with a bare loop and with LiveKit's AgentSession and Google plugin.
import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { dispose } from '@livekit/rtc-node';
import { checkMeasurements } from './check.js';
import { compare } from './compare.js';
import { measureCapacity } from './density/capacity.js';
import { type DensityOptions, measureWorker } from './density/density.js';
import { capacityReport, densityTable, densityVerdicts } from './density/report.js';
import type { Options } from './options.js';
import { profileReport } from './profile/report.js';
import { DENSITY, withReport } from './report/document.js';
import { machineLine, machineNow } from './report/machine.js';
import { summarise } from './report/summary.js';
import { tableOf } from './report/table.js';
import { verdictList, verdictsOn } from './report/targets.js';
import { startLiveKitServer } from './room/livekit-server.js';

/** Compiled, this file lies four folders below the repository's root. */
const ROOT = new URL('../../../../', import.meta.url);
const DOCUMENT = fileURLToPath(new URL('docs/performance.md', ROOT));
const KEPT_SERVER = fileURLToPath(new URL('.cache/bin/livekit-server', ROOT));

const DENSITY_SIZES = [1, 6, 12];
const TALK_SPAN_MS = 13_000;
/** With which the search for the most begins. */
const FIRST_CAPACITY = { ours: 10, plugin: 4 } as const;

export async function run({ mode, rounds, write }: Options): Promise<void> {
  await using server = await startLiveKitServer(KEPT_SERVER);
  switch (mode) {
    case 'compare': {
      // Before a quarter of an hour has gone into what could then not be written.
      if (write) withReport(readFileSync(DOCUMENT, 'utf8'), '');
      const report = await compareSubjects(server.url, rounds);
      console.log(report);
      if (write) writeFileSync(DOCUMENT, withReport(readFileSync(DOCUMENT, 'utf8'), report));
      break;
    }
    case 'check':
      await checkMeasurements(server.url, rounds, say);
      break;
    case 'density': {
      if (write) withReport(readFileSync(DOCUMENT, 'utf8'), '', DENSITY);
      const report = await compareDensity(densityOptions(server.url, rounds));
      console.log(report);
      if (write) writeFileSync(DOCUMENT, withReport(readFileSync(DOCUMENT, 'utf8'), report, DENSITY));
      break;
    }
    case 'capacity': {
      const options = densityOptions(server.url, rounds);
      const ours = await measureCapacity('ours', FIRST_CAPACITY.ours, options);
      console.log(capacityReport(ours, await measureCapacity('plugin', FIRST_CAPACITY.plugin, options)));
      break;
    }
    case 'profile':
      console.log(await profileReport(server.url));
      break;
  }
  await dispose();
}

async function compareSubjects(url: string, rounds: number): Promise<string> {
  const before = machineNow();
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const results = await compare(url, ['bare', 'ours', 'plugin'], rounds, say);
  loop.disable();
  const bare = summarise('bare', results);
  const ours = summarise('ours', results);
  const plugin = summarise('plugin', results);
  const late = Math.max(0, loop.percentile(99) / 1e6 - 10);
  return [
    `${machineLine(before, machineNow(), late)} ${ours.rounds} rounds in ${ours.calls} calls with each, the calls side by side and the rounds by turns.`,
    tableOf([bare, ours, plugin]),
    verdictList(verdictsOn(bare, ours, plugin)),
  ].join('\n\n');
}

function densityOptions(livekitUrl: string, rounds: number): DensityOptions {
  return { livekitUrl, rounds, sizes: DENSITY_SIZES, spanMs: TALK_SPAN_MS, say };
}

async function compareDensity(options: DensityOptions): Promise<string> {
  const before = machineNow();
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const ours = await measureWorker('ours', options);
  const plugin = await measureWorker('plugin', options);
  loop.disable();
  const late = Math.max(0, loop.percentile(99) / 1e6 - 10);
  return [
    machineLine(before, machineNow(), late),
    densityTable([ours, plugin]),
    verdictList(densityVerdicts(ours, plugin)),
  ].join('\n\n');
}

function say(line: string): void {
  console.error(`bench: ${line}`);
}
