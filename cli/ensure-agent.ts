// Puts the agent into a room, surely and once: a dispatch that no worker took is lost for good, so it is made again.
import { CliFailure } from './failure.js';

/** How far the job of a dispatch has come, as the server knows it. */
export type JobProgress = 'none' | 'waiting' | 'running' | 'ended';

/** The dispatches of one agent in one room. */
export interface DispatchApi {
  /** @returns the dispatch's id */
  create(): Promise<string>;
  progress(dispatchId: string): Promise<JobProgress>;
  /** Takes a dispatch back; a job that it started after all ends with it. */
  remove(dispatchId: string): Promise<void>;
}

/** Whether the agent is in the room. */
export interface AgentPresence {
  isThere(): Promise<boolean>;
  /** Resolves with true as soon as the agent is there, with false when it is not within `ms`. */
  comes(ms: number): Promise<boolean>;
}

export interface EnsureAgentOptions {
  readonly agentName: string;
  readonly room: string;
  /** How long to try at most. */
  readonly totalMs: number;
  /** After how long a dispatch that no worker took is made again. */
  readonly attemptMs?: number;
  readonly signal: AbortSignal;
  readonly onDispatched?: (dispatchId: string, attempt: number) => void;
}

/** A worker has 3 s to accept; what was not taken by then never is. */
const ATTEMPT_MS = 5000;

/**
 * Dispatches the agent unless it is there, and again when the dispatch was lost.
 *
 * @returns whether the agent was there before or came
 * @throws {CliFailure} when it did not come within `totalMs`; the signal's reason when aborted
 */
export async function ensureAgent(
  dispatches: DispatchApi,
  presence: AgentPresence,
  options: EnsureAgentOptions,
): Promise<'present' | 'joined'> {
  const { totalMs, attemptMs = ATTEMPT_MS, signal, onDispatched } = options;
  const endsMs = performance.now() + totalMs;
  const leftMs = (): number => Math.max(0, endsMs - performance.now());
  let taken = false;
  if (await presence.isThere()) return 'present';
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const id = await dispatches.create();
    onDispatched?.(id, attempt);
    // A job that runs may take longer than that to show its agent; only one that nobody took is lost.
    for (;;) {
      if (await presence.comes(Math.min(attemptMs, leftMs()))) return 'joined';
      signal.throwIfAborted();
      const progress = await dispatches.progress(id);
      taken ||= progress === 'running' || progress === 'ended';
      if (progress !== 'running' || leftMs() === 0) break;
    }
    if (await presence.isThere()) return 'joined';
    // Taken back first: two dispatches that both start late would be two agents.
    await dispatches.remove(id);
    if (leftMs() === 0) throw missing(options, taken);
  }
}

function missing({ agentName, room, totalMs }: EnsureAgentOptions, taken: boolean): CliFailure {
  const seconds = `${Math.round(totalMs / 100) / 10} s`;
  return new CliFailure(
    taken
      ? `a worker took the job, but no agent "${agentName}" stayed in room ${room} within ${seconds}: look at the worker's log`
      : `no agent "${agentName}" came into room ${room} within ${seconds}: is a worker with this AGENT_NAME running (\`npm start\` or \`npm run agent\`)?`,
  );
}
