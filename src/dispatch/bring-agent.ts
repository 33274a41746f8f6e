// Dispatches the agent into a room exactly once. LiveKit drops a dispatch that no worker accepts, so it is repeated.
import { DispatchError } from './dispatch-error.js';

/** The state of a dispatch's job, according to the server. */
export type JobProgress = 'none' | 'waiting' | 'running' | 'ended';

/** The dispatches of one agent in one room. */
export interface DispatchApi {
  /** @returns the dispatch's id */
  create(): Promise<string>;
  progress(dispatchId: string): Promise<JobProgress>;
  /** Deletes a dispatch; the server ends a job that it has started. */
  remove(dispatchId: string): Promise<void>;
}

/** Whether the agent is in the room. */
export interface AgentPresence {
  isThere(): Promise<boolean>;
  /** Resolves with true as soon as the agent is in the room, with false when it is not within `ms`. */
  comes(ms: number): Promise<boolean>;
}

/** Options of bringAgent(). Times are in ms. */
export interface BringAgentOptions {
  readonly agentName: string;
  readonly room: string;
  /** How long to try at most. */
  readonly totalMs: number;
  /** After this time a dispatch that no worker has accepted is repeated. */
  readonly attemptMs?: number;
  readonly signal: AbortSignal;
  readonly onDispatched?: (dispatchId: string, attempt: number) => void;
  /** Whether an agent of this name serves another room: then an unaccepted dispatch means that all workers are full. */
  readonly servesOthers?: () => Promise<boolean>;
}

/** Most agents have joined after this time. */
const ATTEMPT_MS = 3_000;
/** Additional time for a job that a worker has accepted when the time is up. */
const GRACE_MS = 5_000;

/**
 * Dispatches the agent unless it is in the room, and again when it does not join. Dispatches without a job are deleted
 * only at the end: the server may start a dispatch and list its job seconds late (5 s when it queries the workers'
 * names, longer in a burst), and deleting one that was just started would end its agent. If several start late, the
 * workers let one join (agent/worker/room-claim.ts).
 *
 * @returns whether the agent was in the room before or has joined
 * @throws {DispatchError} when it did not join within `totalMs`; the signal's reason when aborted
 */
export async function bringAgent(
  dispatches: DispatchApi,
  presence: AgentPresence,
  options: BringAgentOptions,
): Promise<'present' | 'joined'> {
  const { totalMs, attemptMs = ATTEMPT_MS, signal, onDispatched } = options;
  const endsMs = performance.now() + totalMs;
  const leftMs = (): number => Math.max(0, endsMs - performance.now());
  let open: readonly string[] = [];
  let taken = false;
  /** Deletes dispatches whose job has ended; true while a worker runs one of the others. */
  const sift = async (): Promise<boolean> => {
    const kept: string[] = [];
    let running = false;
    for (const id of open) {
      const progress = await dispatches.progress(id);
      taken ||= progress === 'running' || progress === 'ended';
      running ||= progress === 'running';
      if (progress === 'ended') await dispatches.remove(id);
      else kept.push(id);
    }
    open = kept;
    return running;
  };
  if (await presence.isThere()) return 'present';
  for (let number = 1; leftMs() > 0 || number === 1; number++) {
    signal.throwIfAborted();
    const id = await dispatches.create();
    open = [...open, id];
    onDispatched?.(id, number);
    // The agent of a running job may take longer to join.
    let running = true;
    while (running) {
      if (await presence.comes(Math.min(attemptMs, leftMs()))) return 'joined';
      signal.throwIfAborted();
      running = (await sift()) && leftMs() > 0;
    }
  }
  if ((await sift()) && (await presence.comes(GRACE_MS))) return 'joined';
  if (await presence.isThere()) return 'joined';
  for (const id of open) await dispatches.remove(id);
  throw await missing(options, taken);
}

async function missing(options: BringAgentOptions, taken: boolean): Promise<DispatchError> {
  const { agentName, room, totalMs, servesOthers } = options;
  const seconds = `${Math.round(totalMs / 100) / 10} s`;
  if (taken) {
    return new DispatchError(
      'left',
      `a worker took the job, but no agent "${agentName}" stayed in room ${room} within ${seconds}: look at the worker's log`,
    );
  }
  if (await servesOthers?.().catch(() => false)) {
    return new DispatchError(
      'full',
      `no agent "${agentName}" came into room ${room} within ${seconds}: every worker of this name is full (its agents serve other rooms): start another one, or raise AGENT_MAX_ROOMS`,
    );
  }
  return new DispatchError(
    'no-worker',
    `no agent "${agentName}" came into room ${room} within ${seconds}: is a worker with this AGENT_NAME running (\`npm start\` or \`npm run agent\`)?`,
  );
}
