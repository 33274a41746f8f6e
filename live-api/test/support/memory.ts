// How much the heap holds once everything that can go is gone.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

export function heapMb(): number {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}
