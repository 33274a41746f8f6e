// What another process needs to go on with a call: plain JSON, reported as it changes, sealed by who carries it.
import type { BridgeState } from '../bridge/bridge-state.js';

export interface CallState extends BridgeState {
  /** The version of this form. */
  readonly v: 1;
  /** 1 for the process that began the call; each that takes it over counts on. */
  readonly epoch: number;
}

/** A call that is going on, for the process that runs it. */
export interface RunningCall {
  /** Between turns: nobody speaks, nothing is played, no tool is in flight. */
  readonly isQuiet: boolean;
}
