// Messages between the worker and its room hosts, over Node's channel of a child process.
import type { AccessRest, CallRefusal, CarriedCall, CarriedInputs } from '../../src/index.js';
import type { KnownDeployment } from '../deployment-files.js';
import type { Used } from '../observe/budget.js';
import type { LimitNotice } from '../observe/call-budget.js';
import type { CallChange } from './kept-call.js';

/** A call as LiveKit has assigned it, and as a host is given it. */
export interface HostJob {
  readonly id: string;
  readonly dispatchId: string;
  readonly room: string;
  /** The room's. */
  readonly sid: string;
  readonly url: string;
  readonly token: string;
  readonly metadata: string;
  /** What was kept of it when another host or worker ran it: the call goes on with that. */
  readonly carried?: CarriedCall;
  /** What the calls in its room have used at other workers; not for the host. */
  readonly used?: Used;
  /** The call does not begin; an event reports why to its room. */
  readonly refused?: CallRefusal;
}

/** What a call has learned of an access to the Live API: no new call begins with one that has failed. */
export interface AccessMessage {
  readonly type: 'access';
  /** Its id. */
  readonly access: string;
  readonly rest: AccessRest;
}

export type ToHost =
  /** The first one. */
  | { readonly type: 'begin'; readonly known?: KnownDeployment }
  | { readonly type: 'start'; readonly job: HostJob }
  /** What the host that ran the call before has heard since `start`, until it was replaced. */
  | { readonly type: 'heard-before'; readonly id: string; readonly inputs: CarriedInputs }
  /** The call ends with a goodbye. */
  | { readonly type: 'stop'; readonly id: string; readonly reason: string }
  /** Answered by `quiet` at the next quiet moment, at the latest after `withinMs`. */
  | { readonly type: 'await-quiet'; readonly id: string; readonly withinMs: number }
  /** The process has grown beyond its limit and is about to be killed: reported in each of its rooms. */
  | { readonly type: 'too-large'; readonly message: string }
  | AccessMessage
  /** A limit of the worker is near for this call, or reached. */
  | { readonly type: 'limit'; readonly id: string; readonly notice: LimitNotice }
  /** The process is not needed any more. */
  | { readonly type: 'exit' };

/** About one call. */
export type CallMessage =
  /** Is kept outside of this process, which it outlives. */
  | { readonly type: 'change'; readonly id: string; readonly change: CallChange }
  | { readonly type: 'quiet'; readonly id: string }
  | { readonly type: 'ended'; readonly id: string; readonly reason: string; readonly failed: boolean };

export type FromHost =
  | CallMessage
  | AccessMessage
  | { readonly type: 'ready'; readonly known: KnownDeployment }
  /** Something that it needs is wrong: no host can start until that is corrected. */
  | { readonly type: 'not-started'; readonly code: string; readonly message: string }
  | { readonly type: 'beat'; readonly rssBytes: number; readonly cpuMs: number; readonly lagMs: number }
  /** An error that nothing caught: the process is in an unknown state, and is to be replaced. */
  | { readonly type: 'unhealthy'; readonly reason: string };

/** How often a host shows that its event loop turns. */
export const BEAT_EVERY_MS = 250;
