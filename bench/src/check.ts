// Checks the measurements themselves: a subject that is slow on purpose has to show as slow as it is.
import { compare } from './compare.js';
import { summarise } from './report/summary.js';
import { tableOf } from './report/table.js';
import { DELAY_MS } from './subjects/delay.js';

/** Of medians of few rounds on a machine that others use. */
const TOLERANCE_MS = 20;

/** @throws when the measured delay is not the one that was put in */
export async function checkMeasurements(
  url: string,
  rounds: number,
  say: (line: string) => void,
): Promise<void> {
  const results = await compare(url, ['bare', 'delayed'], rounds, say);
  const bare = summarise('bare', results);
  const delayed = summarise('delayed', results);
  console.log(tableOf([bare, delayed]));
  for (const key of ['toApiMs', 'toRoomMs', 'toSilenceMs'] as const) {
    const shown = delayed[key].median - bare[key].median;
    const isRight = Math.abs(shown - DELAY_MS) <= TOLERANCE_MS;
    console.log(`${isRight ? 'right' : 'WRONG'}: ${key} shows ${shown.toFixed(1)} of ${DELAY_MS} ms`);
    if (!isRight) process.exitCode = 1;
  }
}
