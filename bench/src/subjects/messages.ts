// What the measuring process and a subject's process say to each other.
import type { HeapProfiler, Profiler } from 'node:inspector';

/** The subjects, each a process of its own. `delayed` is the bare loop made slow, to see that it shows. */
export const SUBJECTS = ['bare', 'ours', 'plugin', 'delayed'] as const;
export type SubjectName = (typeof SUBJECTS)[number];

export interface Settings {
  readonly url: string;
  readonly token: string;
  readonly room: string;
  /** Where the stand-in for the Live API listens. */
  readonly baseUrl: string;
  readonly model: string;
  readonly instructions: string;
}

export type Order =
  | { readonly type: 'start'; readonly settings: Settings }
  /** Keeps the event loop from turning for so long. */
  | { readonly type: 'block'; readonly durationMs: number }
  | { readonly type: 'profile' }
  | { readonly type: 'stop-profile' }
  | { readonly type: 'leave' };

export interface Profiles {
  readonly durationMs: number;
  readonly cpu: Profiler.Profile;
  /** Every allocation on the JavaScript heap, also of what was collected. */
  readonly heap: HeapProfiler.SamplingHeapProfile;
  /** Runs of the garbage collector, and how long they took together. */
  readonly collections: number;
  readonly collectingMs: number;
}

export type Report =
  | { readonly type: 'ready' }
  | { readonly type: 'blocked' }
  | { readonly type: 'profiling' }
  | { readonly type: 'profiled'; readonly profiles: Profiles };
