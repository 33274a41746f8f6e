// The state with which another process continues a call: plain JSON, reported as it changes, encrypted by the worker.
import type { BridgeState } from '../bridge/bridge-state.js';
import type { CallLimit, LimitLeft } from '../lanes/auto-leave.js';
import type { CarriedInputs } from '../session/carried-inputs.js';
import type { CallRecordState } from '../turns/recorded.js';

/** The state of a call as plain JSON, with which another process continues it (`CallOptions.restored`). */
export interface CallState extends BridgeState {
  /** The version of this format. */
  readonly v: 1;
  /** 1 for the process that began the call; rises with each takeover. */
  readonly epoch: number;
}

/** All that another process needs to continue a call: plain JSON. */
export interface CarriedCall {
  readonly state: CallState;
  /** What earlier processes have collected of it for its report. */
  readonly record: CallRecordState;
  /** Its inputs without an answer. */
  readonly inputs: CarriedInputs;
}

/** A running call, for the process that runs it. */
export interface RunningCall {
  /** Whether it is between turns: nobody speaks, nothing is played, no tool call is in flight. */
  readonly isQuiet: boolean;
  /** Warns the room of a limit of the worker, or ends the call with a goodbye where nothing is left. */
  limit(limit: CallLimit, left?: LimitLeft): void;
  /** Emits an `error` event in its room. */
  reportError(code: string, message: string, fatal: boolean): void;
}
