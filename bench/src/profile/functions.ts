// Profiles as sums by function: own time of a CPU profile, own allocations of a heap profile.
import type { HeapProfiler, Profiler, Runtime } from 'node:inspector';
import { median } from '../measure/statistics.js';

export interface FunctionShare {
  readonly name: string;
  /** Short path and line; empty for what is no JavaScript of a file. */
  readonly at: string;
  /** The package it comes from. */
  readonly owner: string;
  /** Compiled from the agent's own sources. */
  readonly isOurs: boolean;
  /** Microseconds, or bytes. */
  readonly amount: number;
}

/** What the engine counts that is no function: waiting, native code without a name, collecting garbage. */
const NO_FUNCTIONS: ReadonlySet<string> = new Set(['(idle)', '(program)', '(root)', '(garbage collector)']);
export const AGENT = 'gemini-room-agent';
/** Allocates while it records. */
const PROFILER = 'node:inspector';

/**
 * Own time by function, most first. Samples are counted rather than the time between them summed: while
 * another process has the core there are none, and that time would be added to the function that was seen last.
 */
export function ownTimes(profile: Profiler.Profile): FunctionShare[] {
  const interval = median(profile.timeDeltas ?? []);
  return sumByFunction(
    profile.nodes.map(({ callFrame, hitCount = 0 }) => [callFrame, hitCount * interval]),
  ).filter(({ name }) => !NO_FUNCTIONS.has(name));
}

/** Bytes allocated by function, most first, what was collected meanwhile included and the profiler left out. */
export function ownAllocations({ head }: HeapProfiler.SamplingHeapProfile): FunctionShare[] {
  const found: [Runtime.CallFrame, number][] = [];
  const nodes = [head];
  for (const node of nodes) {
    found.push([node.callFrame, node.selfSize]);
    nodes.push(...node.children);
  }
  return sumByFunction(found.filter(([{ url }]) => url !== PROFILER));
}

function sumByFunction(parts: readonly (readonly [Runtime.CallFrame, number])[]): FunctionShare[] {
  const sums = new Map<string, FunctionShare>();
  for (const [{ functionName, url, lineNumber, columnNumber }, amount] of parts) {
    const key = `${functionName} ${url} ${lineNumber} ${columnNumber}`;
    const sum = sums.get(key)?.amount ?? 0;
    const at = url === '' ? '' : `${shortPath(url)}:${lineNumber + 1}`;
    const owner = ownerOf(url);
    const name = functionName || '(anonymous)';
    sums.set(key, { name, at, owner, isOurs: owner === AGENT, amount: sum + amount });
  }
  return [...sums.values()].filter(({ amount }) => amount > 0).sort((a, b) => b.amount - a.amount);
}

/** The agent's sources are distinguished from the benchmark's by the folder that they are compiled into. */
function ownerOf(url: string): string {
  const inModules = url.split('/node_modules/');
  if (inModules.length > 1) return /^(@[^/]+\/)?[^/]+/.exec(inModules.at(-1) ?? '')?.[0] ?? url;
  if (url === '' || url.startsWith('node:')) return 'Node and native code';
  return url.includes('/dist/src/') ? AGENT : 'the measurement itself';
}

/** Amounts by package, most first. */
export function byOwner(functions: readonly FunctionShare[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { owner, amount } of functions) sums.set(owner, (sums.get(owner) ?? 0) + amount);
  return new Map([...sums].sort(([, a], [, b]) => b - a));
}

function shortPath(url: string): string {
  const inModules = url.split('/node_modules/').at(-1) ?? url;
  return inModules === url ? (url.split('/dist/').at(-1) ?? url) : inModules;
}
