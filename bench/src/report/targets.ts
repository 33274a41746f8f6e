// What the agent is held to, beside the bare loop and the plugin of the same run.
import type { Summary } from './summary.js';

export interface Verdict {
  readonly target: string;
  readonly met: boolean;
  readonly measured: string;
}

/** Ours may take this much longer than the bare loop, and the noise of a machine that others use. */
const LATENCY_FACTOR = 1.1;
const LATENCY_NOISE_MS = 10;
const SILENCE_MARGIN_MS = 20;
/** Of what the plugin uses over the bare loop. */
const CPU_SHARE = 0.2;

export function verdictsOn(bare: Summary, ours: Summary, plugin: Summary): Verdict[] {
  const latency = (what: string, key: 'toApiMs' | 'toRoomMs'): Verdict[] => {
    const limitMs = bare[key].median * LATENCY_FACTOR + LATENCY_NOISE_MS;
    return [
      verdict(
        `${what}: at most ${LATENCY_FACTOR} × bare + ${LATENCY_NOISE_MS} ms`,
        ours[key].median,
        limitMs,
        'ms',
      ),
      ahead(what, ours[key].median, plugin[key].median),
    ];
  };
  const silenceLimitMs = bare.toSilenceMs.median + SILENCE_MARGIN_MS;
  const over = ours.talkCpu - bare.talkCpu;
  const share = over / (plugin.talkCpu - bare.talkCpu);
  return [
    ...latency('Room to Live API', 'toApiMs'),
    ...latency('Live API to room', 'toRoomMs'),
    verdict(
      `Interruption to silence: at most bare + ${SILENCE_MARGIN_MS} ms`,
      ours.toSilenceMs.median,
      silenceLimitMs,
      'ms',
    ),
    ahead('Interruption to silence', ours.toSilenceMs.median, plugin.toSilenceMs.median),
    {
      target: `CPU over bare: at most ${CPU_SHARE} of the plugin's`,
      // Where ours uses no more than the bare loop, any share is met; where the plugin does not either, none is.
      met: over <= 0 || (share >= 0 && share <= CPU_SHARE),
      measured: share.toFixed(2),
    },
  ];
}

export function verdictList(verdicts: readonly Verdict[]): string {
  return verdicts
    .map(({ target, met, measured }) => `- ${met ? 'met' : '**missed**'}: ${target} (${measured})`)
    .join('\n');
}

function verdict(target: string, value: number, limit: number, unit: string): Verdict {
  const measured = `${value.toFixed(1)} of ${limit.toFixed(1)} ${unit}`;
  return { target, met: value <= limit, measured };
}

function ahead(what: string, ours: number, plugin: number): Verdict {
  return {
    target: `${what}: ahead of the plugin`,
    met: ours < plugin,
    measured: `${ours.toFixed(1)} and ${plugin.toFixed(1)} ms`,
  };
}
