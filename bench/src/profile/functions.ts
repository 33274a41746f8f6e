// Profiles as sums by function: own time of a CPU profile, own allocations of a heap profile.
import type { HeapProfiler, Profiler, Runtime } from 'node:inspector';

export interface FunctionShare {
  readonly name: string;
  /** Short path and line; empty for what is no JavaScript of a file. */
  readonly at: string;
  /** Compiled from the agent's own sources. */
  readonly isOurs: boolean;
  /** Microseconds, or bytes. */
  readonly amount: number;
}

/** Own time by function, most first. What the engine calls (idle), (program) and the like is among it. */
export function ownTimes(profile: Profiler.Profile): FunctionShare[] {
  const byNode = new Map<number, number>();
  profile.samples?.forEach((node, index) => {
    byNode.set(node, (byNode.get(node) ?? 0) + (profile.timeDeltas?.[index] ?? 0));
  });
  return sumByFunction(profile.nodes.map(({ id, callFrame }) => [callFrame, byNode.get(id) ?? 0]));
}

/** Bytes allocated by function, most first, what was collected meanwhile included. */
export function ownAllocations({ head }: HeapProfiler.SamplingHeapProfile): FunctionShare[] {
  const found: [Runtime.CallFrame, number][] = [];
  const nodes = [head];
  for (const node of nodes) {
    found.push([node.callFrame, node.selfSize]);
    nodes.push(...node.children);
  }
  return sumByFunction(found);
}

function sumByFunction(parts: readonly (readonly [Runtime.CallFrame, number])[]): FunctionShare[] {
  const sums = new Map<string, FunctionShare>();
  for (const [{ functionName, url, lineNumber, columnNumber }, amount] of parts) {
    const key = `${functionName} ${url} ${lineNumber} ${columnNumber}`;
    const sum = sums.get(key)?.amount ?? 0;
    const at = url === '' ? '' : `${shortPath(url)}:${lineNumber + 1}`;
    sums.set(key, { name: functionName || '(anonymous)', at, isOurs: isOurs(url), amount: sum + amount });
  }
  return [...sums.values()].filter(({ amount }) => amount > 0).sort((a, b) => b.amount - a.amount);
}

/** The agent's sources, and not what drives it here. */
function isOurs(url: string): boolean {
  return url.includes('/dist/src/') && !url.includes('/node_modules/');
}

function shortPath(url: string): string {
  const inModules = url.split('/node_modules/').at(-1) ?? url;
  return inModules === url ? (url.split('/dist/').at(-1) ?? url) : inModules;
}
